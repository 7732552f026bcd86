package engine

import (
	"errors"
	"fmt"
	"strings"

	"unseen/engine/party"
	"unseen/engine/trace"
)

// RunError says that a run could not go on: which party met what, and where.
type RunError struct {
	Party string
	Path  []trace.Scope // the spans that were open
	Cause error
}

// Error says it in one line.
func (e *RunError) Error() string {
	where := make([]string, len(e.Path))
	for i, s := range e.Path {
		where[i] = s.Label()
	}
	if len(where) == 0 {
		return fmt.Sprintf("%s: %v", e.Party, e.Cause)
	}
	return fmt.Sprintf("%s, %s: %v", strings.Join(where, " › "), e.Party, e.Cause)
}

// Unwrap returns the cause.
func (e *RunError) Unwrap() error { return e.Cause }

// stopped travels as a panic through a run that must end at once. It is not an
// error of the run: err is the context's, or nil when the session was closed.
type stopped struct{ err error }

// errDiverged is the cause when a replay does not repeat the run.
var errDiverged = errors.New("the replay differs from the run it repeats")

// recovered turns the panic that ended a run into an error. What is not ours
// goes on as a panic.
func recovered(r any, path []trace.Scope) error {
	switch r := r.(type) {
	case nil:
		return nil
	case stopped:
		return r.err
	case *party.Abort:
		return &RunError{Party: r.Party, Path: append([]trace.Scope(nil), path...), Cause: r.Cause}
	}
	panic(r)
}
