-- Every table and index into the shared buffers.
SELECT sum(pg_prewarm(oid)) FROM pg_class
 WHERE relkind IN ('r', 'i') AND relnamespace = 'public'::regnamespace;
CHECKPOINT;
