package say

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"unseen/engine"
	"unseen/engine/trace"
)

// In a round that was aborted nothing was opened: neither the simulator nor the server counts
// a sum of it, and the ledger has one sum for each other round.
func TestAbortedRoundsOpenNothing(t *testing.T) {
	for _, how := range engine.Aggregations() {
		const rounds = 8
		session := small(t, engine.SecureAggregation, func(s *engine.Scenario) {
			s.Learning.Rounds, s.Secure.How, s.Secure.Drop = rounds, how, 0.4
			s.Secure.Neighbours, s.Secure.Threshold = 6, 4
		})
		_, total := session.Position()
		if err := session.Seek(context.Background(), total); err != nil {
			t.Fatal(err)
		}
		scene := NewScene(session)
		scene.Snapshot = session.Snapshot(nil)
		aborted := 0
		for _, e := range scene.Snapshot.History.Epochs[1:] {
			if e.Round.Aborted != "" {
				aborted++
			}
		}
		opened := rounds - aborted
		if aborted == 0 || opened == 0 {
			t.Fatalf("%s: %d of %d rounds were aborted: nothing to see", how, aborted, rounds)
		}
		own := scene
		own.Snapshot = scene.Snapshot.As("server")
		want := fmt.Sprintf("in %s", plural(opened, "server round", "server rounds"))
		for _, s := range []Scene{scene, own} {
			if glance := s.Glance(s.Snapshot.Parties[0]); !strings.Contains(glance, want) || !strings.Contains(glance, plural(aborted, "round", "rounds")+" without a sum") {
				t.Errorf("%s, eyes %q: %q, want %q", how, s.Snapshot.Eyes, glance, want)
			}
			sums := s.Snapshot.Record.Select("sum", true)
			n := 0
			for _, i := range sums {
				e := s.Snapshot.Record.At(i)
				if e.What != "sum" {
					continue
				}
				n++
				if e.Kind != trace.Local || e.To != "server" || e.Bytes != 0 || !strings.Contains(Told(e), "the server put it together") || Why(e) == "" {
					t.Errorf("%s: %+v: %s", how, e, Told(e))
				}
			}
			if n != opened {
				t.Errorf("%s, eyes %q: %d sums in the ledger, %d were opened", how, s.Snapshot.Eyes, n, opened)
			}
		}
		if r := own.Snapshot.Record; len(r.Select("sum", false)) != len(r.Select("open sum", false)) {
			t.Errorf("%s: the wire lists what nobody sent", how)
		}
		worker := scene.Snapshot.Parties[1].ID
		if n := len(scene.Snapshot.As(worker).Record.Select("sum", true)); n != 0 {
			t.Errorf("%s: %s knows of %d sums", how, worker, n)
		}
	}
}

// What a party is said to be able to read is what stands in its ledger and what it has in the
// clear; a share, what is masked or sealed, and keys are said to tell it nothing. So it is in
// every way to train, through every kind of eyes, in the middle of a run and at its end.
func TestWhatTellsNothingIsNotSaidToBeKnown(t *testing.T) {
	secret := regexp.MustCompile(`mask|sealed|share|key|seed|▒`)
	muted := map[string]bool{}
	for _, mode := range engine.Modes() {
		for _, how := range engine.Aggregations() {
			if mode != engine.SecureAggregation && how == engine.Committee {
				continue
			}
			session := small(t, mode, func(s *engine.Scenario) {
				s.Learning.Epochs, s.Learning.Rounds, s.Secure.How, s.Secure.Drop = 2, 2, how, 0
			})
			_, total := session.Position()
			for _, step := range []int{0, 40, total / 3, total / 2, total - 20, total} {
				if err := session.Seek(t.Context(), step); err != nil {
					t.Fatal(err)
				}
				all := NewScene(session)
				for _, who := range append([]engine.PartyImage{{}}, all.Snapshot.Parties...) {
					scene, sent := all, map[string]bool{}
					if who.ID != "" {
						scene.Snapshot = all.Snapshot.As(who.ID)
						for i := range scene.Snapshot.Record.Len() {
							if e := scene.Snapshot.Record.At(i); e.To == who.ID && e.Kind == trace.Sent && !e.Release() {
								sent["“"+e.What+"”"] = true
							}
						}
					}
					parties, moral := scene.Knowledge()
					if strings.Contains(moral, "▒") {
						t.Errorf("%s: %s", mode, moral)
					}
					for _, k := range parties {
						for _, item := range k.Items {
							text, _, _ := strings.Cut(item.Text, ": --") // why it was opened
							name := regexp.MustCompile("“.*”").FindString(text)
							quiet := secret.MatchString(strings.ReplaceAll(text, name, "")) || sent[name] ||
								strings.Contains(text, "without a sum")
							if quiet != item.Mute {
								t.Errorf("%s %s, step %d, eyes %q, %s: %s %s", mode, how, step, who.ID, k.Who, item.Sign(), item.Text)
							}
							muted[mode] = muted[mode] || item.Mute
						}
					}
				}
			}
		}
	}
	if !muted[engine.SecureAggregation] || !muted[engine.Encrypted] || muted[engine.Federated] || muted[engine.Central] {
		t.Errorf("something tells nothing in %v", muted)
	}
}

// Who receives single models or updates can read them as soon as they have come, in the middle
// of a server round, too.
func TestSingleModelsAreKnownWhenTheyCome(t *testing.T) {
	for _, dp := range []string{"", engine.CentralNoise, engine.LocalNoise} {
		session := small(t, engine.Aggregated, func(s *engine.Scenario) {
			if s.Learning.Rounds = 2; dp != "" {
				s.Privacy.DP, s.Privacy.Clip, s.Privacy.Noise, s.Data.Normalize = dp, 1, 1, "range"
			}
		})
		came := 0
		err := session.Each(t.Context(), func(e *trace.Event) bool {
			if e.Kind == trace.Sent && e.To == "aggregator" {
				came++
			}
			return came < 3
		})
		if err != nil {
			t.Fatal(err)
		}
		parties, _ := NewScene(session).Knowledge()
		for _, k := range parties {
			if k.Who == "aggregator" && (len(k.Items) != 1 || !strings.HasPrefix(k.Items[0].Text, "3 ") || k.Bad != (dp != engine.LocalNoise)) {
				t.Errorf("with privacy %q, after three of them came: %+v", dp, k)
			}
		}
	}
}

// What is opened under masks is counted apart from what is known as the number itself.
func TestOpeningsUnderMasksAreNoReleases(t *testing.T) {
	session := small(t, engine.Encrypted, func(s *engine.Scenario) { s.Learning.Epochs = 1 })
	if err := session.SeekEpoch(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	scene := NewScene(session)
	list, masked, plain := scene.Snapshot.Record.Select("", true), 0, 0
	for _, r := range scene.Releases(list) {
		if r.masked() == 1 {
			masked += r.Times
		} else {
			plain += r.Times
		}
	}
	if want := fmt.Sprintf("%d releases · %s openings under masks", plain, grouped(masked)); scene.Released(list) != want || plain < 3 || masked < 40 {
		t.Errorf("%q, want %q", scene.Released(list), want)
	}
}

// The sum that the server opens is that of what it received, less the masks: the numbers that
// are shown of one element say so.
func TestTheWorkOfTheSumIsRight(t *testing.T) {
	session := small(t, engine.SecureAggregation, func(*engine.Scenario) {})
	err := session.Each(t.Context(), func(e *trace.Event) bool { return e.Name() != "add up" })
	if err != nil {
		t.Fatal(err)
	}
	scene := NewScene(session)
	m := regexp.MustCompile(`^element 5: ([\d,]+) \(Σ of 8 y\) − ([\d,]+) = ([\d,]+)`).FindStringSubmatch(Tell(scene, Cell{Col: 5}).Work[0])
	if m == nil {
		t.Fatalf("%q", Tell(scene, Cell{Col: 5}).Work)
	}
	number := func(text string) (n uint64) {
		fmt.Sscan(strings.ReplaceAll(text, ",", ""), &n)
		return n
	}
	ring := uint64(1) << scene.Secure.Quantiser.Bits
	if (number(m[1])-number(m[2]))%ring != number(m[3]) {
		t.Errorf("%q does not add up mod %d", m[0], ring)
	}
}

// A symbol stays what it is at the beginning of a sentence.
func TestSymbolsAreNoCapitals(t *testing.T) {
	for text, want := range map[string]string{"ε 1.75": "ε 1.75", "server": "Server", "élan": "Élan", "": ""} {
		if got := capital(text); got != want {
			t.Errorf("%q begins a sentence as %q, want %q", text, got, want)
		}
	}
}
