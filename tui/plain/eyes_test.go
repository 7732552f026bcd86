package plain

import (
	"bufio"
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gorgonia.org/tensor"

	"unseen/engine"
	"unseen/engine/trace"
	"unseen/tui/say"
	"unseen/tui/worlds"
)

// reader is a session at the prompt, whose answers can be read one by one.
type reader struct {
	*plain
	said *bytes.Buffer
}

func newReader(run engine.Stepper) reader {
	said := new(bytes.Buffer)
	p := &plain{run: run, out: bufio.NewWriter(said), scene: say.NewScene(run), level: trace.Operation, shell: "unseen explore"}
	p.all = p.scene.Snapshot
	return reader{p, said}
}

// ask gives the answers to some commands.
func (r reader) ask(t *testing.T, commands ...string) string {
	r.said.Reset()
	for _, c := range commands {
		r.line("> %s", c)
		r.answer(t.Context(), c)
	}
	r.out.Flush()
	return r.said.String()
}

// everything lists what can be asked of a place by a party.
func (r reader) everything(who string) []string {
	list := []string{"where", "parties", "knows", "ledger", "ledger e", "messages", "wire", "flows", "cost", "project", "loss", "threshold", "workers", "follow", "break", "command",
		"show x", "memory " + who, "memory server", "offline " + who}
	if own := r.scene.Snapshot.Record; own.Len() > 0 {
		list = append(list, fmt.Sprintf("packet %d", own.At(own.Len()-1).Step))
	}
	for _, p := range r.scene.Snapshot.Parties {
		for _, o := range p.Memory.Objects {
			cell := who + " " + o.Name + "[0,0]"
			list = append(list, "memory "+who+" "+o.Name, "value "+cell, "distribution "+who+" "+o.Name, "origin "+cell+"\norigin 1\norigin 1")
		}
	}
	return list
}

// What is read through a party's eyes is the same in two worlds that the party cannot tell
// apart, whatever is asked, and where breakpoints stop; it is not when one object is copied
// from another memory.
func TestEyesReadOnlyTheirOwn(t *testing.T) {
	long := os.Getenv("UNSEEN_LONG") != ""
	pairs := worlds.All(long)
	for i, w := range pairs {
		steps := worlds.Steps(pairs, i, long)
		t.Run(w.String(), func(t *testing.T) {
			one, two, alike := w.Open(t)
			a, b := newReader(one), newReader(two)
			same := func(who string, commands ...string) {
				t.Helper()
				if diff := cmp.Diff(a.ask(t, commands...), b.ask(t, commands...)); diff != "" {
					t.Fatalf("%s tells one world from the other:\n%s", who, diff)
				}
			}
			r := rand.New(rand.NewPCG(5, 6))
			differed, caught := false, false
			for i := range steps {
				who := alike[i%len(alike)]
				place := []string{"eyes 0", fmt.Sprintf("goto %d", r.IntN(a.all.Total+1))}
				for _, p := range a.all.Parties {
					place = append(place, "memory "+p.ID+" raw", "memory "+p.ID+" w2", "loss")
				}
				differed = differed || a.ask(t, place...) != b.ask(t, place...)
				same(who, "eyes "+who)
				all := a.everything(who)
				if other := b.everything(who); !slices.Equal(all, other) {
					t.Fatalf("%s has other things in memory: %v, %v", who, all, other)
				}
				for range 3 {
					same(who, strings.Split(all[r.IntN(len(all))], "\n")...)
				}
				caught = caught || a.leaking(t, who, alike) != b.leaking(t, who, alike)
			}
			who := alike[r.IntN(len(alike))]
			same(who, "eyes "+who, "goto 0", "break loss rises", "break overflow 4", "break round 9", "end", "end", "end", "end", "break")
			if !differed {
				t.Error("the two worlds read the same to everybody: this test finds nothing")
			}
			if !caught {
				t.Error("a memory copied into another’s view goes unnoticed: this test finds nothing")
			}
		})
	}
}

// leaking reads the memory of the eyes after one field of another's was copied into it: of
// a party's that they cannot tell; where no party has what differs, of the rows that are
// kept for testing.
func (r reader) leaking(t *testing.T, who string, alike []string) string {
	shown := r.scene.Snapshot
	defer func() { r.scene.Snapshot = shown }()
	leak, ok := worlds.Secret(r.all, alike)
	if d := r.run.Dataset(); !ok {
		n, row := d.Features(), d.Split.Test[0]
		leak = engine.Object{Name: "raw", Data: tensor.New(tensor.WithShape(1, n), tensor.WithBacking(slices.Clone(d.Set.X.Float64s()[row*n:(row+1)*n])))}
	}
	broken := *shown
	broken.Parties = slices.Clone(shown.Parties)
	for i, p := range broken.Parties {
		if p.ID == who {
			broken.Parties[i].Memory = &engine.Image{Objects: []engine.Object{leak}}
		}
	}
	r.scene.Snapshot = &broken
	return r.ask(t, "memory "+who+" "+leak.Name)
}
