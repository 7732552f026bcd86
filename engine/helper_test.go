package engine

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"testing"

	"unseen/data"
	"unseen/engine/trace"
)

// table returns the first rows of the built-in data set.
func table(t testing.TB, n int) *data.Set {
	t.Helper()
	set, err := data.Twin().Encode()
	if err == nil {
		set, err = set.First(n)
	}
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func small(t testing.TB) Scenario {
	s, err := Default(Central, "default")
	if err != nil {
		t.Fatal(err)
	}
	s.Seed, s.Fixed = 7, true
	s.Network.Hidden = []int{4, 3}
	s.Learning.Epochs, s.Learning.Batch = 3, 8
	return s
}

func open1(t testing.TB, s Scenario, set *data.Set) *Session {
	t.Helper()
	session, err := New(s, set)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(session.Close)
	return session
}

var background = context.Background()

// straight runs a session to the end and returns the digest after every step and
// the level of every event.
func straight(t testing.TB, session *Session) (digests []trace.Digest, levels []trace.Level) {
	t.Helper()
	digests, levels = append(digests, session.Digest()), append(levels, 0)
	err := session.Each(background, func(e *trace.Event) bool {
		digests, levels = append(digests, session.Digest()), append(levels, e.Level())
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	return digests, levels
}

func describe(s *Snapshot) string {
	var b strings.Builder
	fmt.Fprintln(&b, s.Step, s.Total, s.Event.Path, s.Event.Outputs, len(s.History.Batches), s.History.Epochs, s.Messages)
	for _, p := range s.Parties {
		fmt.Fprintln(&b, p.ID, p.Number, p.Role)
		describeMemory(&b, p.Memory)
	}
	return b.String()
}

func describeMemory(b *strings.Builder, m *Image) {
	for _, o := range m.Objects {
		x := o.Data.Float64s()
		fmt.Fprintln(b, o.Name, o.Form, o.Step, o.Origin, o.Data.Shape(), x[:min(4, len(x))], fingerprint(x))
	}
}

// fingerprint tells lists of numbers apart by all their bits.
func fingerprint(x []float64) string {
	raw := make([]byte, 0, 8*len(x))
	for _, v := range x {
		raw = binary.LittleEndian.AppendUint64(raw, math.Float64bits(v))
	}
	return fmt.Sprintf("%x", sha256.Sum256(raw))
}

// lookFor runs to the first event of an operation whose result has this name, and
// returns the snapshot there and the object in a party's memory.
func lookFor(t *testing.T, session *Session, party, name, operation string) (*Snapshot, Object) {
	t.Helper()
	err := session.Each(background, func(e *trace.Event) bool {
		if e.Level() != trace.Operation || e.Name() != operation {
			return true
		}
		_, ok := e.Output(name)
		return !ok
	})
	if err != nil {
		t.Fatal(err)
	}
	n := session.Snapshot(nil)
	o, ok := n.memory(party).Object(name)
	if !ok {
		t.Fatalf("%s has no %s after %v", party, name, n.Event.Path)
	}
	return n, o
}

// parts writes what a cell was made from.
func parts(t *testing.T, session *Session, n *Snapshot, of Source) (string, *Provenance) {
	t.Helper()
	p, err := Trace(background, session, n, of, "")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, in := range p.Inputs {
		out = append(out, in.Part())
	}
	return strings.Join(out, " "), p
}
