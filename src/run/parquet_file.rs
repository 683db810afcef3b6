//! Tables as Parquet: typed columns, zstd, the same values as in the CSV.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow_array::builder::{
    Float64Builder, Int64Builder, StringBuilder, TimestampMillisecondBuilder,
};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;

use super::columns::{Cell, Column, Kind, Row};
use super::error::RunError;
use crate::model::Timestamp;

/// Rows in one record batch: bounds the memory beside the rows themselves.
const BATCH_ROWS: usize = 65_536;

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
    let schema = schema_of(R::COLUMNS);
    let mut writer = ArrowWriter::try_new(file, Arc::clone(&schema), Some(properties))?;
    for batch in rows.chunks(BATCH_ROWS) {
        writer.write(&batch_of(batch, &schema)?)?;
    }
    writer.close()?;
    Ok(())
}

fn schema_of(columns: &[Column]) -> SchemaRef {
    let fields: Vec<Field> = columns
        .iter()
        .map(|column| {
            let (data_type, nullable) = match column.kind {
                Kind::Text => (DataType::Utf8, true),
                Kind::Word(_) => (DataType::Utf8, false),
                Kind::Count => (DataType::Int64, false),
                Kind::Decimal(_) => (DataType::Float64, false),
                Kind::OptionalDecimal(_) => (DataType::Float64, true),
                Kind::Time | Kind::Date => (
                    DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())),
                    true,
                ),
            };
            Field::new(column.name, data_type, nullable)
        })
        .collect();
    Arc::new(Schema::new(fields))
}

fn batch_of<R: Row>(rows: &[R], schema: &SchemaRef) -> Result<RecordBatch, ParquetError> {
    let mut builders: Vec<Builder> = R::COLUMNS.iter().map(|c| Builder::new(c.kind)).collect();
    for row in rows {
        let mut column = 0;
        row.cells(&mut |cell| {
            builders[column].append(cell);
            column += 1;
        });
    }
    let arrays = builders.into_iter().map(Builder::finish).collect();
    Ok(RecordBatch::try_new(Arc::clone(schema), arrays)?)
}

enum Builder {
    Text(StringBuilder),
    Count(Int64Builder),
    Decimal(Float64Builder),
    Time(TimestampMillisecondBuilder),
}

impl Builder {
    fn new(kind: Kind) -> Self {
        match kind {
            Kind::Text | Kind::Word(_) => Self::Text(StringBuilder::new()),
            Kind::Count => Self::Count(Int64Builder::new()),
            Kind::Decimal(_) | Kind::OptionalDecimal(_) => Self::Decimal(Float64Builder::new()),
            Kind::Time | Kind::Date => {
                Self::Time(TimestampMillisecondBuilder::new().with_timezone("UTC"))
            }
        }
    }

    fn append(&mut self, cell: Cell<'_>) {
        match (self, cell) {
            (Self::Text(builder), Cell::Text(text)) => {
                builder.append_option(Some(text).filter(|text| !text.is_empty()));
            }
            (Self::Count(builder), Cell::Count(count)) => {
                builder.append_value(i64::try_from(count).unwrap_or(i64::MAX));
            }
            (Self::Decimal(builder), Cell::Decimal(value, decimals)) => {
                builder.append_value(rounded(value, decimals));
            }
            (Self::Decimal(builder), Cell::OptionalDecimal(value, decimals)) => {
                builder.append_option(value.map(|value| rounded(value, decimals)));
            }
            (Self::Decimal(builder), Cell::Money(amount)) => builder.append_value(amount.to_f64()),
            (Self::Time(builder), Cell::Time(time)) => builder.append_option(time.map(millis)),
            (Self::Time(builder), Cell::Date(time)) => {
                builder.append_option(time.map(Timestamp::day_start).map(millis));
            }
            _ => unreachable!("a codec's cell is of the kind of its column"),
        }
    }

    fn finish(self) -> ArrayRef {
        match self {
            Self::Text(mut builder) => Arc::new(builder.finish()),
            Self::Count(mut builder) => Arc::new(builder.finish()),
            Self::Decimal(mut builder) => Arc::new(builder.finish()),
            Self::Time(mut builder) => Arc::new(builder.finish()),
        }
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
