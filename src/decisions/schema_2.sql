-- The newest record among the decisions when the case was put off: a decision behind it ends that. Times tell
-- seconds only, and two records of one second don't say which came first. Null in records of version 1.
ALTER TABLE snooze ADD COLUMN after_decision INTEGER;
