// Package tracking is the memory of a lab: a store of runs and of the cells
// that they scored, in one bbolt file.
//
// A cell is one model scored on one dataset by one metric with one set of
// parameters. What decides its score is hashed into its Identity, so that a
// later run finds it instead of computing it again. A run is one execution of
// a spec, with all that is needed to trace and repeat it.
//
// [Open] returns the [Store] of a file. A [Logger] adds a run and its cells to it; a
// [Query] selects runs and cells to read, export or compare.
//
// # Many processes, one file
//
// bbolt locks its file for as long as it is open: one writer, or any number of
// readers, and everybody else waits. A Store therefore never keeps the file
// open. Each call opens it, works in one transaction, and closes it; a Logger
// collects cells and writes them in batches, so a writer holds the file for
// some milliseconds twice a second. The alternative, one process that owns the
// file and serves the others, has to be found, started, upgraded and survived
// when it is killed. Opening costs a fraction of the fsync that every batch
// needs in either design. Readers ask for the file more often than writers do,
// so they come next however many writers wait; and a writer that finds readers in
// the file closes a gate behind them, so that it comes next however many readers
// there are.
//
// # What is in the file
//
//	meta        "schema"        → version of this layout
//	runs        run number      → Run as CBOR
//	run-ids     Run.ID          → run number
//	cells       cell number     → Cell as CBOR
//	identities  Identity        → number of the cell that succeeded last
//	members     run, cell       → nothing: the run has the cell
//
// Numbers are 8 bytes, big-endian, in the order of arrival: so the newest runs
// are read first without an index, a clock that jumps back changes no order,
// and cells are appended to full pages instead of being scattered by hash.
// Cells are stored once however many runs have them. Every value begins with a
// checksum of its bucket, key and content, as bbolt has none: with it a damaged
// record is found, and an undamaged one is recognised in a broken file.
package tracking
