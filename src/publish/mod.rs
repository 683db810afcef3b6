//! What became of yesterday's clusters, and may this go out?
