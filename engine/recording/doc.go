// Package recording writes runs down and reads them again. A recording holds every
// event of a run with its values, and every party's memory after each of them, so
// that a [Replay] can be stepped through, forth and back, without computing
// anything: it is an engine.Stepper like a live session.
//
// # The file
//
// A recording begins with a line of text, "unseen recording 2", whose number is
// the version of the format: a reader refuses a version it does not know. (Version 1 had
// no derived tensors, and is read like 2.) Frames
// follow, each with its kind (one letter), its length and, behind the payload, a
// checksum (CRC-32C) of all three:
//
//	h  header: JSON that says what was run, on which data, who took part
//	d  the rows: JSON, compressed
//	b  tensors, each compressed on its own; they are numbered in file order
//	s  steps: what changed with each event, compressed
//	e  end: JSON with the counts and the digest of the whole run
//
// A file without its last frame was cut off, and is refused. Every tensor is
// written once, whatever number of memories, messages and operations it appears
// in: what is equal is found by a hash of its contents. Numbers of a tensor are
// stored by the place of their bytes, first all lowest bytes, then all second
// lowest ones: what is small, zero, or alike in size compresses well so; shares,
// which are uniform, do not compress at all and are stored as they are. Weights after a
// step of gradient descent, and their slopes for a single row, follow from tensors
// before them: they are stored as a formula and the bits in which they differ from its
// result, mostly none. An encrypted
// epoch over 653 rows, 15,524 events among three holders, takes 68 MB.
//
// Steps are differences to the step before, so that a step of training costs some
// ten bytes beside its new tensors. A reader checks and decodes all steps when it
// opens a file and remembers the state at every 256th; tensors stay in the file
// until they are shown. (The alternative, to write down the settings alone and
// compute the run again, needs no format at all; but it shows what this version of
// the program on this machine would do, not what was done.)
//
// # Trust
//
// A recording holds the memories of all parties, secrets included: it is the
// simulator's view, for teaching and for finding mistakes.
//
// # The source
//
//   - frame.go, header.go: the frames, and the first of them
//   - blob.go, derive.go: tensors, and those that follow from others by a formula
//   - step.go, unstep.go: an event and what changed with it, written and read; tree.go, code.go:
//     the values and numbers in it
//   - write.go, read.go: a whole file
//   - replay.go, state.go: a recording that is stepped through, and what it is like at a step
package recording
