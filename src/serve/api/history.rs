//! The runs that are kept, for trends.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::State;
use axum::{Extension, Json};

use crate::explore::{RunFigures, run_figures};
use crate::serve::answer::{Answer, Page, PageQuery};
use crate::serve::error::{ApiError, ErrorBody};
use crate::serve::extract::Query;
use crate::serve::guard::Besides;
use crate::serve::limits::MAX_FIGURES;
use crate::serve::state::{App, Pinned};

/// Figures of runs, by run: a published run does not change.
#[derive(Debug, Default)]
pub(in crate::serve) struct Figures(Mutex<BTreeMap<String, Arc<RunFigures>>>);

impl Figures {
    fn of(&self, app: &App, run_id: &str) -> Result<Option<Arc<RunFigures>>, ApiError> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(figures) = known.get(run_id) {
            return Ok(Some(Arc::clone(figures)));
        }
        let Some(path) = app.store.find(run_id) else {
            return Ok(None);
        };
        let figures = Arc::new(run_figures(&path)?);
        // The oldest goes when there are too many: run ids begin with their date.
        if known.len() >= MAX_FIGURES {
            known.pop_first();
        }
        known.insert(run_id.to_owned(), Arc::clone(&figures));
        Ok(Some(figures))
    }
}

/// The published runs that are kept, newest first, with the figures that show trends.
#[utoipa::path(get, path = "/runs", tag = "runs", params(PageQuery), responses(
    (status = 200, body = Answer<Page<Object>>),
    (status = "default", body = ErrorBody),
))]
pub(super) async fn runs(
    State(app): State<App>,
    Pinned(run): Pinned,
    Query(page): Query<PageQuery>,
) -> Result<(Extension<Besides>, Json<Answer<Page<RunFigures>>>), ApiError> {
    let slice = page.slice(&run, "runs")?;
    let reading = app.clone();
    let answer = reading.read(move || {
        let ids = app
            .store
            .published()
            .map_err(|error| ApiError::internal(&error))?;
        let here = ids.iter().skip(slice.start).take(slice.limit);
        let mut items = Vec::new();
        for id in here {
            // One that was removed meanwhile is left out.
            let figures = app.figures.of(&app, id)?;
            items.extend(figures.map(|figures| RunFigures::clone(&figures)));
        }
        // Runs come and go while one is served.
        let listed = Besides::of(ids.iter().map(String::as_str));
        let answer = Answer::new(&run, slice.of(items, ids.len()));
        Ok((Extension(listed), answer))
    });
    answer.await
}
