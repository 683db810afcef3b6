//! ringfence finds collusive rings of merchants: one hand behind many shop fronts.
//!
//! Data flows one way, room by room: [`ingest`] reads tables, [`resolve`] decides which values are
//! the same thing, [`graph`] weighs how telling each share is, [`detect`] finds communities,
//! [`score`] judges them by weights that [`learn`] may fit to verdicts, [`publish`] gives them stable ids, [`run`] is the directory they are
//! written to, [`explore`] and [`report`] answer questions on it. [`decisions`] is the record of what
//! people decided, which the next run takes in. The pipeline alone knows the order.

pub mod model;
pub mod strategy;

pub mod ingest;
pub mod resolve;

pub mod graph;

pub mod detect;

pub mod learn;
pub mod score;

pub mod decisions;
pub mod run;

pub mod pipeline;
pub mod publish;

pub mod explore;
pub mod report;

pub mod serve;

pub mod evaluate;
pub mod fit;
pub mod simulate;

pub mod cli;
