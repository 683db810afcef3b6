//! How good a run is.
