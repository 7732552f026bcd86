package lab

import (
	"context"
	"errors"
	"fmt"

	"unseen/engine/mpc"
	"unseen/engine/party"
	"unseen/engine/prep"
	"unseen/engine/ring"
	"unseen/engine/rng"
	"unseen/engine/trace"
)

// Plain is an experiment that trains nothing and reads no data.
type Plain struct {
	Name     string
	Title    string
	About    string
	Controls []Control
	// Run runs it with checked values; all it draws derives from the key.
	Run func(ctx context.Context, v Values, key rng.Key) (*Report, error)
}

// Experiments lists them.
func Experiments() []Plain { return []Plain{beaver(), truncation(), randomness()} }

// bench is a set of holders with everything they see in their memories: a
// protocol that somebody watches.
// Holders count from 1, as on the screen.
func bench(r ring.Ring, holders int, dealer *prep.Dealer) (*mpc.Protocol, error) {
	parties := make([]*party.Party, holders)
	for i := range parties {
		parties[i] = party.New(fmt.Sprint("holder ", i+1), i+1, party.Holder)
	}
	p, err := mpc.Among(parties, party.New("dealer", 0, party.Dealer), r, dealer)
	if err != nil {
		return nil, err
	}
	p.Tracer = trace.NewTracer(func(*trace.Event) {}, 0)
	return p, nil
}

// caught turns the end of a protocol into an error; it is deferred.
func caught(err *error) {
	switch r := recover().(type) {
	case nil:
	case *party.Abort:
		*err = r
	default:
		panic(r)
	}
}

// cannot says that a control's value does not go together with the others.
func cannot(control string, v Values, what, mend string) error {
	return &ValueError{control, v[control], what, mend}
}

// because says it with the reason of another package's error.
func because(control string, v Values, err error, mend string) error {
	var abort *party.Abort
	if errors.As(err, &abort) {
		err = abort.Cause
	}
	return cannot(control, v, err.Error(), mend)
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%s %ss", count(n), word)
}
