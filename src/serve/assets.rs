//! The files of the investigators' desk, embedded when ringfence was built.

/// Path below `/`, quoted tag of the content, bytes; sorted by path. Written by the build script.
const FILES: &[(&str, &str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/desk_assets.rs"));

/// One embedded file as the service hands it out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Asset {
    /// The whole content.
    pub(crate) bytes: &'static [u8],
    /// The value of the header `Content-Type`.
    pub(crate) content_type: &'static str,
    /// The value of the header `ETag`, in its quotes.
    pub(crate) etag: &'static str,
}

/// The file at a path below `/`; the empty path is the page itself. Only names in the table are ever found, so no
/// path can lead out of it.
pub(crate) fn asset(path: &str) -> Option<Asset> {
    let wanted = match path.trim_start_matches('/') {
        "" => "index.html",
        name => name,
    };
    let found = FILES
        .binary_search_by_key(&wanted, |(name, _, _)| name)
        .ok()?;
    let &(name, etag, bytes) = &FILES[found];
    Some(Asset {
        bytes,
        content_type: content_type(name),
        etag,
    })
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> &'static str {
        std::str::from_utf8(asset("/").unwrap().bytes).unwrap()
    }

    #[test]
    fn the_page_is_there_whatever_was_built() {
        let page = asset("").unwrap();
        assert_eq!(Some(page), asset("/index.html"));
        assert_eq!(page.content_type, "text/html; charset=utf-8");
        assert!(page.etag.starts_with('"') && page.etag.ends_with('"'));
    }

    #[test]
    fn every_file_the_page_names_is_embedded() {
        for part in page()
            .split('"')
            .filter(|part| part.starts_with("/assets/"))
        {
            let named = asset(part).unwrap_or_else(|| panic!("{part} is not embedded"));
            assert!(!named.bytes.is_empty());
        }
    }

    #[test]
    fn the_page_has_no_inline_code_and_asks_nobody_outside() {
        let page = page();
        assert!(!page.contains("<style") && !page.contains("style=") && !page.contains("onload"));
        assert!(!page.contains("http://") && !page.contains("https://"));
        for script in page.split("<script").skip(1) {
            let (attributes, rest) = script.split_once('>').unwrap();
            assert!(attributes.contains("src="), "a script without a source");
            assert!(rest.starts_with("</script>"), "a script with a body");
        }
    }

    #[test]
    fn nothing_outside_the_table_is_found() {
        for path in ["/../Cargo.toml", "assets/../index.html", "/assets/", "no"] {
            assert_eq!(asset(path), None, "{path}");
        }
    }
}
