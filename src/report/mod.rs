//! `report.html`: the run at a glance, one self-contained page.
