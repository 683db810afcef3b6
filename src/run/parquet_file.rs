//! Tables as Parquet: typed columns, zstd, the same values as in the CSV.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use parquet::basic::{
    Compression, LogicalType, Repetition, TimeUnit, Type as PhysicalType, ZstdLevel,
};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::{Type, TypePtr};

use super::columns::{Cell, Column, Kind, Row};
use super::error::RunError;
use crate::model::Timestamp;

/// Rows in one row group: bounds the memory beside the rows themselves, and is small enough for a
/// reader to share the groups between threads.
const GROUP_ROWS: usize = 131_072;

/// Writes a table. Texts are strings (null when empty), counts 64-bit integers, numbers doubles
/// rounded as in the CSV, times and days timestamps in UTC.
pub(super) fn write_rows<R: Row>(path: &Path, rows: &[R]) -> Result<(), RunError> {
    let file = File::create(path).map_err(RunError::io("create", path))?;
    write_to(file, rows).map_err(|source| RunError::Parquet {
        path: path.to_path_buf(),
        source,
    })
}

fn write_to<R: Row>(file: File, rows: &[R]) -> Result<(), ParquetError> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .build();
    let schema = schema_of(R::COLUMNS)?;
    let mut writer = SerializedFileWriter::new(file, schema, Arc::new(properties))?;
    for group in rows.chunks(GROUP_ROWS) {
        let mut columns: Vec<Values> = R::COLUMNS.iter().map(|c| Values::new(c.kind)).collect();
        for row in group {
            let mut column = 0;
            row.cells(&mut |cell| {
                columns[column].push(cell);
                column += 1;
            });
        }
        let mut group_writer = writer.next_row_group()?;
        for values in columns {
            let column = group_writer.next_column()?;
            values.write(column.expect("the schema has as many columns as the row"))?;
        }
        group_writer.close()?;
    }
    writer.close()?;
    Ok(())
}

fn schema_of(columns: &[Column]) -> Result<TypePtr, ParquetError> {
    let fields: Result<Vec<TypePtr>, ParquetError> = columns
        .iter()
        .map(|column| {
            let (physical, logical, repetition) = match column.kind {
                Kind::Text | Kind::Day => (
                    PhysicalType::BYTE_ARRAY,
                    Some(LogicalType::String),
                    Repetition::OPTIONAL,
                ),
                Kind::Word(_) => (
                    PhysicalType::BYTE_ARRAY,
                    Some(LogicalType::String),
                    Repetition::REQUIRED,
                ),
                Kind::Count => (PhysicalType::INT64, None, Repetition::REQUIRED),
                Kind::Decimal(_) => (PhysicalType::DOUBLE, None, Repetition::REQUIRED),
                Kind::OptionalDecimal(_) => (PhysicalType::DOUBLE, None, Repetition::OPTIONAL),
                Kind::Time | Kind::Date => (
                    PhysicalType::INT64,
                    Some(LogicalType::timestamp(true, TimeUnit::MILLIS)),
                    Repetition::OPTIONAL,
                ),
            };
            let field = Type::primitive_type_builder(column.name, physical)
                .with_logical_type(logical)
                .with_repetition(repetition);
            field.build().map(Arc::new)
        })
        .collect();
    let schema = Type::group_type_builder("schema").with_fields(fields?);
    schema.build().map(Arc::new)
}

/// The values of a column in one row group. Level 1 is a value, 0 a null; a column without nulls
/// has no levels.
enum Values {
    Text(Vec<ByteArray>, Vec<i16>),
    Word(Vec<ByteArray>),
    Count(Vec<i64>),
    Decimal(Vec<f64>),
    OptionalDecimal(Vec<f64>, Vec<i16>),
    Time(Vec<i64>, Vec<i16>),
}

impl Values {
    fn new(kind: Kind) -> Self {
        match kind {
            Kind::Text | Kind::Day => Self::Text(Vec::new(), Vec::new()),
            Kind::Word(_) => Self::Word(Vec::new()),
            Kind::Count => Self::Count(Vec::new()),
            Kind::Decimal(_) => Self::Decimal(Vec::new()),
            Kind::OptionalDecimal(_) => Self::OptionalDecimal(Vec::new(), Vec::new()),
            Kind::Time | Kind::Date => Self::Time(Vec::new(), Vec::new()),
        }
    }

    fn push(&mut self, cell: Cell<'_>) {
        match (self, cell) {
            (Self::Text(values, levels), Cell::Text(text)) => {
                levels.push(i16::from(!text.is_empty()));
                if !text.is_empty() {
                    values.push(ByteArray::from(text));
                }
            }
            (Self::Word(values), Cell::Text(text)) => values.push(ByteArray::from(text)),
            (Self::Count(values), Cell::Count(count)) => {
                values.push(i64::try_from(count).unwrap_or(i64::MAX));
            }
            (Self::Decimal(values), Cell::Decimal(value, decimals)) => {
                values.push(rounded(value, decimals));
            }
            (Self::Decimal(values), Cell::Money(amount)) => values.push(amount.to_f64()),
            (Self::OptionalDecimal(values, levels), Cell::OptionalDecimal(value, decimals)) => {
                levels.push(i16::from(value.is_some()));
                values.extend(value.map(|value| rounded(value, decimals)));
            }
            (Self::Time(values, levels), Cell::Time(time)) => {
                levels.push(i16::from(time.is_some()));
                values.extend(time.map(millis));
            }
            (Self::Time(values, levels), Cell::Date(time)) => {
                levels.push(i16::from(time.is_some()));
                values.extend(time.map(Timestamp::day_start).map(millis));
            }
            _ => unreachable!("a codec's cell is of the kind of its column"),
        }
    }

    fn write(self, mut column: SerializedColumnWriter<'_>) -> Result<(), ParquetError> {
        match self {
            Self::Text(values, levels) => {
                let writer = column.typed::<ByteArrayType>();
                writer.write_batch(&values, Some(&levels), None)?;
            }
            Self::Word(values) => {
                let writer = column.typed::<ByteArrayType>();
                writer.write_batch(&values, None, None)?;
            }
            Self::Count(values) => {
                let writer = column.typed::<Int64Type>();
                writer.write_batch(&values, None, None)?;
            }
            Self::Decimal(values) => {
                let writer = column.typed::<DoubleType>();
                writer.write_batch(&values, None, None)?;
            }
            Self::OptionalDecimal(values, levels) => {
                let writer = column.typed::<DoubleType>();
                writer.write_batch(&values, Some(&levels), None)?;
            }
            Self::Time(values, levels) => {
                let writer = column.typed::<Int64Type>();
                writer.write_batch(&values, Some(&levels), None)?;
            }
        }
        column.close()
    }
}

/// The number that the CSV spells, so that both forms of a table hold the same values.
fn rounded(value: f64, decimals: usize) -> f64 {
    let spelled: f64 = format!("{value:.decimals$}").parse().unwrap_or(value);
    if spelled == 0.0 { 0.0 } else { spelled }
}

fn millis(time: Timestamp) -> i64 {
    time.seconds().saturating_mul(1000)
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::fs::File;

    use arrow_array::Array;
    use arrow_array::cast::AsArray;
    use arrow_array::types::{Float64Type, Int64Type, TimestampMillisecondType};
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

    use super::write_rows;
    use crate::model::{Bits, Timestamp};
    use crate::run::{EvidenceRow, Row};

    #[test]
    fn columns_are_typed_and_hold_what_the_csv_spells() {
        let row = EvidenceRow {
            cluster_id: Cow::Borrowed("R1"),
            entity_type: Cow::Borrowed("device"),
            entity: Cow::Borrowed("d1"),
            members: 2,
            merchants: 3,
            bits: Bits::from_units(1027),
            first_seen: Timestamp::parse("1970-01-02").ok(),
            last_seen: None,
            shown: Cow::Borrowed(""),
            hub_class: Cow::Borrowed("private"),
            dissolves: 0,
        };
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("evidence.parquet");
        write_rows(&path, &[row]).unwrap();
        let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(&path).unwrap())
            .unwrap()
            .build()
            .unwrap();
        let batches: Vec<_> = reader.map(Result::unwrap).collect();
        assert_eq!(batches.len(), 1);
        let batch = &batches[0];
        let names: Vec<_> = batch
            .schema()
            .fields()
            .iter()
            .map(|f| f.name().clone())
            .collect();
        assert_eq!(
            names,
            EvidenceRow::COLUMNS
                .iter()
                .map(|c| c.name)
                .collect::<Vec<_>>()
        );
        let column = |name: &str| batch.column_by_name(name).unwrap().clone();
        assert_eq!(column("entity").as_string::<i32>().value(0), "d1");
        assert_eq!(column("members").as_primitive::<Int64Type>().value(0), 2);
        assert!((column("bits").as_primitive::<Float64Type>().value(0) - 1.0).abs() < 1e-12);
        let first = column("first_seen");
        assert_eq!(
            first.as_primitive::<TimestampMillisecondType>().value(0),
            86_400_000
        );
        assert!(column("last_seen").is_null(0) && column("shown").is_null(0));
    }
}
