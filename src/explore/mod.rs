//! Questions about a run: one id in, an answer with its reasons out.
//!
//! Every question is a pure function over a [`Snapshot`] and returns a typed answer; nothing here
//! prints. The same answers stand behind the terminal and the web page. They serialize to JSON under
//! the names of their fields, which are fixed like the columns of a run.
//!
//! | question | function | tables it needs |
//! | --- | --- | --- |
//! | which clusters first? | [`top`] | [`TOP_TABLES`] |
//! | why is this a ring? | [`case`] | [`CASE_TABLES`] |
//! | what about this merchant? | [`merchant`] | [`MERCHANT_TABLES`] |
//! | how do these two hang together? | [`path`] | [`PATH_TABLES`] |
//! | who is close to this merchant? | [`neighbors`] | [`NEIGHBOR_TABLES`] |
//! | what changed between two runs? | [`diff`] | [`DIFF_TABLES`] |
//! | the graph of a cluster for other tools | [`cluster_graph`] | [`EXPORT_TABLES`] |

mod case;
mod counterfactual;
mod diff;
mod error;
mod exception;
mod export;
mod figures;
mod honest;
mod load;
mod lookup;
mod merchant;
mod nearby;
mod neighbors;
mod open;
mod path;
mod sentences;
mod snapshot;
mod timeline;
mod top;
mod unfold;
mod usage;
mod words;

pub use case::{
    CASE_TABLES, Case, CaseAnswer, CaseEvidence, CaseMember, Ended, LineageStep, Reason, Weakest,
    case,
};
pub use counterfactual::{CaseChance, Dissolution, NeededValue};
pub use diff::{ClusterChange, DIFF_TABLES, Diff, DiffCounts, MerchantMove, Moved, Side, diff};
pub use error::ExploreError;
pub use exception::{ExceptionEffect, exception_effect};
pub use export::{
    ClusterGraph, EXPORT_TABLES, ExportFormat, GraphEdge, GraphNode, Value, cluster_graph,
    write_graph,
};
pub use figures::{RunFigures, run_figures};
pub use honest::{HonestExplanation, Verdict};
pub use load::{About, load, load_about};
pub use merchant::{
    MERCHANT_TABLES, MerchantAnswer, MerchantLink, MerchantPlace, OtherUser, merchant,
};
pub use nearby::NearbyCluster;
pub use neighbors::{NEIGHBOR_TABLES, Neighbor, Neighbors, Through, neighbors};
pub use open::{
    Became, ClusterColumns, Clusters, EntityAnswer, EntityUser, Hit, HitKind, IssuedId, Members,
    MerchantChange, MerchantState, Moves, OpenRun, Place,
};
pub use path::{PATH_TABLES, PathAnswer, PathStep, path};
pub use snapshot::{RunFacts, Snapshot, Table};
pub use timeline::{Burst, TimeEvent, TimeEventKind, TimeLine, slices};
pub use top::{ClusterLine, TOP_TABLES, Top, TopFilter, best, top};
pub use unfold::{Unfolded, UnfoldedLink, UnfoldedNode, unfold};
pub use usage::{SharedThing, Sharer, Usage, Use};
pub use words::is_unsafe;
