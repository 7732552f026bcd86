package engine

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"unseen/engine/nn"
	"unseen/engine/trace"
)

// Without drops secure aggregation is aggregated training but for the rounding: at
// most half a step in each weight of an average, where nothing met the clip.
func TestSecureAggregationEqualsAggregated(t *testing.T) {
	for _, c := range []struct {
		how             string
		workers, rounds int
		rows            int
		hidden          []int
	}{
		{Masks, 10, 3, 60, []int{30, 20, 10, 5}},
		{Committee, 10, 3, 60, []int{30, 20, 10, 5}},
		{Masks, 100, 2, 100, []int{30, 20, 10, 5}},
		{Committee, 100, 1, 100, []int{4}},
		{Masks, 653, 1, 653, []int{4}},
	} {
		if racing && c.workers > 100 {
			continue
		}
		set := table(t, c.rows)
		s := fleet(t, Aggregated, c.workers)
		s.Data.Split, s.Learning.Rounds, s.Learning.Local, s.Network.Hidden = 1, c.rounds, 1, c.hidden
		want, err := open1(t, s, set).Run(background, nil)
		if err != nil {
			t.Fatal(err)
		}
		s.Mode, s.Secure = SecureAggregation, SecureSettings{How: c.how}
		session := open1(t, s, set)
		got, err := session.Run(background, nil)
		if err != nil {
			t.Fatal(err)
		}
		plan, err := PlanAggregation(s, session.Dataset())
		if err != nil {
			t.Fatal(err)
		}
		last := got.Final().Round
		if last.Delivered != c.workers || last.Clipped != 0 {
			t.Errorf("%s, %d workers: %+v", c.how, c.workers, last)
		}
		// One round errs by half a step; training on goes on from there, and what it
		// makes of the difference stays of that order.
		worst := 0.0
		a, b := nn.Flat(want.Weights), nn.Flat(got.Weights)
		for i := range a {
			worst = max(worst, math.Abs(a[i]-b[i]))
		}
		if limit := plan.Deviation() * math.Pow(4, float64(c.rounds-1)); worst > limit || worst == 0 {
			t.Errorf("%s, %d workers: weights differ by up to %g, allowed %g", c.how, c.workers, worst, limit)
		}
	}
}

// With drops the average is that of the workers that delivered, and the session
// reports who left.
func TestRoundsWithDrops(t *testing.T) {
	set := table(t, 100)
	s := fleet(t, SecureAggregation, 40)
	s.Secure.Drop = 0.2
	result, err := open1(t, s, set).Run(background, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range result.History.Epochs[1:] {
		gone := 0
		for _, n := range e.Round.Gone {
			gone += n
		}
		before := gone - e.Round.Gone[3]
		if gone != 8 || e.Round.Delivered != 40-before || e.Round.Recovered != e.Round.Gone[2] || e.Round.Aborted != "" {
			t.Errorf("server round %d: %+v", e.Epoch, e.Round)
		}
	}
}

// Below the threshold a round is aborted with counts, and the model keeps its value.
func TestAnAbortedRoundKeepsTheModel(t *testing.T) {
	set := table(t, 40)
	for _, how := range Aggregations() {
		s := fleet(t, SecureAggregation, 10)
		s.Secure.How, s.Secure.Drop = how, 0.8
		session := open1(t, s, set)
		result, err := session.Run(background, nil)
		if err != nil {
			t.Fatal(err)
		}
		first := result.History.Epochs[0]
		for _, e := range result.History.Epochs[1:] {
			if !strings.Contains(e.Round.Aborted, "are needed") || e.Round.Delivered != 0 {
				t.Errorf("%s: %+v", how, e.Round)
			}
			if e.Train != first.Train {
				t.Errorf("%s: an aborted round changed the model", how)
			}
		}
		watched := open1(t, s, set)
		if err := watched.Seek(background, watched.total); err != nil || watched.step != watched.total {
			t.Errorf("%s: watched to step %d of %d: %v", how, watched.step, watched.total, err)
		}
	}
}

// offlineAt steps to the n-th message of a kind and returns its sender.
func offlineAt(t *testing.T, s *Session, what string, n int) string {
	t.Helper()
	sender := ""
	err := s.Each(background, func(e *trace.Event) bool {
		if e.Kind == trace.Sent && e.Name() == what {
			n--
			sender = e.Party
		}
		return n > 0
	})
	if err != nil || sender == "" {
		t.Fatalf("no message %s: %v", what, err)
	}
	return sender
}

// A worker that is taken offline by hand sends nothing more in this server round; the
// position stays, what comes after it is drawn anew, and stepping repeats it.
func TestTakingAWorkerOffline(t *testing.T) {
	set := table(t, 40)
	for _, how := range Aggregations() {
		for stage, what := range map[string][]string{Masks: {"advertise keys", "share keys", "masked input", "unmask"},
			Committee: {"advertise keys", "share update", "open sum"}}[how] {
			s := fleet(t, SecureAggregation, 8)
			s.Secure = SecureSettings{How: how}
			session := open1(t, s, set)
			offlineAt(t, session, what, 2)
			late := session.dataset.Workers[7].ID()
			step, path := session.step, describePath(session)
			old, digest := session.total, session.digest
			if _, err := session.TakeOffline(background, late); err != nil {
				t.Fatal(err)
			}
			if session.step != step || describePath(session) != path {
				t.Fatalf("%s: taken offline at step %d, %s; now at %d, %s", what, step, path, session.step, describePath(session))
			}
			if keys := how == Masks || stage > 0; keys && session.digest == digest {
				t.Errorf("%s: the keys of this round are the same as before", what)
			}
			if session.total == old {
				t.Errorf("%s: the run is as long as before", what)
			}
			sent := 0
			if err := session.Each(background, func(e *trace.Event) bool {
				if e.Party == late && e.Kind == trace.Sent {
					sent++
				}
				return e.Level() != trace.Epoch
			}); err != nil {
				t.Fatal(err)
			}
			last := session.history.Epochs[len(session.history.Epochs)-1].Round
			if sent != 0 || last.Gone[stage] != 1 || last.Aborted != "" {
				t.Errorf("%s: %s sent %d messages after it left; %+v", what, late, sent, last)
			}
			end := session.step
			if err := session.Seek(background, session.total); err != nil || session.step != session.total {
				t.Fatalf("%s: %v at step %d of %d", what, err, session.step, session.total)
			}
			final := session.digest
			if err := session.Seek(background, end-3); err != nil {
				t.Fatal(err)
			}
			if err := session.Seek(background, session.total); err != nil || session.digest != final {
				t.Errorf("%s: the replay differs: %v", what, err)
			}
		}
	}
}

func describePath(s *Session) string {
	var words []string
	for _, scope := range s.path {
		words = append(words, scope.String())
	}
	return strings.Join(words, " › ") + " " + s.last.Party
}

// What a position within a server round looks like does not depend on where the run was
// entered, also where a worker was taken offline in it after checkpoints were left there.
func TestWithinAServerRoundEveryWayIsTheSame(t *testing.T) {
	set := table(t, 40)
	for _, how := range Aggregations() {
		s := fleet(t, SecureAggregation, 12)
		s.Secure.How = how
		forth, back := open1(t, s, set), open1(t, s, set)
		forth.within.spacing, back.within.spacing = 1<<30, 1
		if err := back.Seek(background, back.total); err != nil {
			t.Fatal(err)
		}
		compare := func(from int) {
			t.Helper()
			var want []string
			if err := forth.Seek(background, from); err != nil {
				t.Fatal(err)
			}
			for forth.step < forth.total {
				if err := forth.Step(background); err != nil {
					t.Fatal(err)
				}
				want = append(want, describe(forth.Snapshot(nil)))
			}
			if len(forth.within.list) > 0 || len(back.within.list) < 6 {
				t.Fatalf("%s: %d and %d checkpoints within server rounds", how, len(forth.within.list), len(back.within.list))
			}
			for step := back.total; step > from; step -= 3 {
				if err := back.Seek(background, step); err != nil {
					t.Fatal(err)
				}
				if got := describe(back.Snapshot(nil)); got != want[step-from-1] {
					t.Fatalf("%s: step %d looks different on the way back:\n%s", how, step, cmp.Diff(want[step-from-1], got))
				}
			}
		}
		begin := forth.total / 2 // in the second server round; everything before it is the same in all modes
		compare(begin)
		if err := forth.Seek(background, 0); err != nil {
			t.Fatal(err)
		}
		offlineAt(t, forth, map[string]string{Masks: "forward shares", Committee: "share update"}[how], 2)
		for _, session := range []*Session{forth, back} {
			if err := session.Seek(background, forth.step); err != nil {
				t.Fatal(err)
			}
			if _, err := session.TakeOffline(background, theLast(session)); err != nil {
				t.Fatal(err)
			}
		}
		if err := back.Seek(background, back.total); err != nil {
			t.Fatal(err)
		}
		compare(forth.step)
	}
}

// theLast names the last worker.
func theLast(s *Session) string { return s.dataset.Workers[len(s.dataset.Workers)-1].ID() }

// Every change by hand begins a branch of its own: no two of them draw the same keys,
// also not when the first was undone or its future was left.
func TestEveryBranchDrawsItsOwnKeys(t *testing.T) {
	set := table(t, 40)
	s := fleet(t, SecureAggregation, 6)
	s.Secure.Drop = 0
	session := open1(t, s, set)
	offlineAt(t, session, "share keys", 6)
	first, other := session.dataset.Workers[1].ID(), session.dataset.Workers[2].ID()
	step := session.step
	seen := map[uint64]bool{}
	note := func() {
		t.Helper()
		for _, p := range session.mode.Parties() {
			if o, ok := p.Store.Get("s secret"); ok {
				x := o.Data.Uint64s()[0]
				if seen[x] {
					t.Fatalf("%s draws a mask key that was used in another branch", p.ID)
				}
				seen[x] = true
			}
		}
	}
	note()
	for _, id := range []string{first, first, other, first} {
		if _, err := session.TakeOffline(background, id); err != nil {
			t.Fatal(err)
		}
		note()
	}
	// Back, and another future: the one with two workers offline is forgotten.
	if err := session.Seek(background, step-20); err != nil {
		t.Fatal(err)
	}
	if _, err := session.TakeOffline(background, other); err != nil {
		t.Fatal(err)
	}
	if err := session.Seek(background, step); err != nil {
		t.Fatal(err)
	}
	note()
}

func TestWhoCannotBeTakenOffline(t *testing.T) {
	set := table(t, 40)
	plain := open1(t, fleet(t, Aggregated, 5), set)
	if _, err := plain.TakeOffline(background, plain.dataset.Workers[0].ID()); err == nil || plain.CanLeave() {
		t.Error("a worker left aggregated training")
	}
	s := fleet(t, SecureAggregation, 5)
	s.Secure.Drop, s.Learning.Rounds = 0, 1
	session := open1(t, s, set)
	if _, err := session.TakeOffline(background, "server"); err == nil {
		t.Error("the server left")
	}
	if err := session.Seek(background, session.total); err != nil {
		t.Fatal(err)
	}
	before := session.digest
	if _, err := session.TakeOffline(background, session.dataset.Workers[0].ID()); err == nil || session.digest != before {
		t.Errorf("a worker left a run that is over: %v", err)
	}
	cancelled, cancel := context.WithCancel(background)
	cancel()
	if err := session.Seek(background, session.total-1); err != nil {
		t.Fatal(err)
	}
	_, _ = session.TakeOffline(cancelled, session.dataset.Workers[0].ID()) // whatever comes of it, the session stands after an event
	if n := session.Snapshot(nil); n.Step > 0 && n.Event == nil {
		t.Errorf("the session stands at step %d after no event", n.Step)
	}
}

func TestSecureSettingsAreChecked(t *testing.T) {
	set := table(t, 60)
	for want, change := range map[string]func(*Scenario){
		"--aggregation":  func(s *Scenario) { s.Secure.How = "trust" },
		"--neighbours":   func(s *Scenario) { s.Secure.Neighbours = 1 },
		"--neighbours ":  func(s *Scenario) { s.Secure.Neighbours = 400 },
		"--neighbours  ": func(s *Scenario) { s.Secure.Neighbours = 7 },
		"--threshold":    func(s *Scenario) { s.Secure.Neighbours, s.Secure.Threshold = 8, 9 },
		"--threshold ":   func(s *Scenario) { s.Secure.Neighbours, s.Secure.Threshold = 8, 4 },
		"--threshold  ":  func(s *Scenario) { s.Secure.Threshold = 3 },
		"--drop":         func(s *Scenario) { s.Secure.Drop = 1 },
		"--drop ":        func(s *Scenario) { s.Secure.Drop = math.NaN() },
		"--workers":      func(s *Scenario) { s.Data.Workers = 2 },
	} {
		s := fleet(t, SecureAggregation, 0)
		change(&s)
		_, err := New(s, set)
		setting, ok := err.(*SettingError)
		if want = strings.TrimSpace(want); !ok || setting.Setting != want || setting.Mend == "" {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// What the server holds at any moment of a run: nothing of a single worker but what
// looks uniform, public keys, and shares of secrets that say nothing about its update.
func TestWhatTheServerHolds(t *testing.T) {
	set := table(t, 40)
	allowed := []string{" c", " s", " sealed", " y", " shares", " sum share"}
	for _, how := range Aggregations() {
		s := fleet(t, SecureAggregation, 8)
		s.Secure.How = how
		session := open1(t, s, set)
		if err := session.Each(background, func(e *trace.Event) bool {
			for _, p := range session.mode.Parties() {
				for _, w := range session.dataset.Workers {
					if p.ID == "server" {
						for _, private := range []string{"update", "x_u", "b", "s secret", "c secret", "raw", "X"} {
							if _, ok := p.Store.Get(private); ok {
								t.Fatalf("step %d: the server has %s", e.Step, private)
							}
						}
						continue
					}
					for _, what := range allowed {
						forHolder := how == Committee && what == " sealed" // its share of w's update, sealed for it
						if _, ok := p.Store.Get(w.ID() + what); ok && !forHolder {
							t.Fatalf("step %d: %s has %s of %s", e.Step, p.ID, what, w.ID())
						}
					}
				}
				if p.ID == "server" {
					for _, o := range p.Store.Image(nil).Objects {
						for _, w := range session.dataset.Workers {
							if what, ok := strings.CutPrefix(o.Name, w.ID()); ok && !slices.Contains(allowed, what) {
								t.Fatalf("step %d: the server has %s", e.Step, o.Name)
							}
						}
					}
				}
			}
			return true
		}); err != nil {
			t.Fatal(err)
		}
		for _, p := range session.mode.Parties() {
			for _, o := range p.Store.Image(nil).Objects {
				if o.Data.Dtype().String() == "uint64" && o.Name != "c secret" && o.Name != "sum" {
					t.Errorf("%s: after the run %s still has %s", how, p.ID, o.Name)
				}
			}
		}
	}
}
