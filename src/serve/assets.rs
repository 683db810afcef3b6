//! The files of the page, embedded in the binary.

/// A file of the page.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asset {
    /// What it holds.
    pub(crate) bytes: &'static [u8],
    /// Its media type.
    pub(crate) content_type: &'static str,
    /// Changes with its bytes; in quotes, as the header has it.
    pub(crate) etag: &'static str,
}

/// A file by its path: `index.html`, `assets/app-1a2b3c.js`, ...
pub(crate) fn asset(path: &str) -> Option<Asset> {
    (path == "index.html").then_some(Asset {
        bytes: b"<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>ringfence</title>\
            <h1>ringfence</h1><p>The page was left out of this build. \
            The API is at <a href=\"/api/v1/openapi.json\">/api/v1</a>.</p></html>\n",
        content_type: "text/html; charset=utf-8",
        etag: "\"plain-1\"",
    })
}
