//! Questions about a run: one id in, an answer with its reasons out.
