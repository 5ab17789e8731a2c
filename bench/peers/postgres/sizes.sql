-- Bytes of each table with all of its indexes.
SELECT relname, pg_relation_size(oid) + pg_indexes_size(oid) FROM pg_class
 WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname;
