package recording

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"gorgonia.org/tensor"

	"unseen/data"
	"unseen/engine"
	"unseen/engine/trace"
)

var background = context.Background()

// small is a short run of a way to train on few rows of the twin.
func small(t testing.TB, mode string) engine.Scenario {
	t.Helper()
	s, err := engine.Default(mode, "default")
	if err != nil {
		t.Fatal(err)
	}
	s.Data.Rows, s.Learning.Batch, s.Network.Hidden = 20, 5, []int{4, 3}
	s.Learning.Epochs, s.Learning.Rounds, s.Learning.Local = 2, 2, 1
	s.Seed, s.Fixed = 5, true
	return s
}

func open(t testing.TB, s engine.Scenario) *engine.Session {
	t.Helper()
	set, err := data.Twin().Encode()
	if err != nil {
		t.Fatal(err)
	}
	session, err := engine.New(s, set)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(session.Close)
	return session
}

// record records a run.
func record(t testing.TB, s engine.Scenario, o Options) []byte {
	t.Helper()
	var out bytes.Buffer
	if _, err := Write(background, &out, open(t, s), o); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func replay(t testing.TB, file []byte) *Replay {
	t.Helper()
	r, err := Read(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// twins compares snapshots of two steppers. Memories that were found equal are not
// compared again.
type twins map[[2]*engine.Image]bool

// differ says how two snapshots differ in what can be seen of them, to the last bit.
func (w twins) differ(a, b *engine.Snapshot) string {
	images := cmp.Comparer(func(a, b *engine.Image) bool {
		pair := [2]*engine.Image{a, b}
		if w[pair] {
			return true
		}
		w[pair] = slices.EqualFunc(a.Objects, b.Objects, func(a, b engine.Object) bool {
			x, y := a, b
			x.Data, y.Data = nil, nil
			return equal(a.Data, b.Data) && cmp.Equal(x, y, cmpopts.IgnoreUnexported(engine.Object{}))
		})
		return w[pair]
	})
	records := cmp.Comparer(func(a, b engine.Record) bool {
		return a.Len() == b.Len() && cmp.Equal(list(a), list(b)) && (a.Len() > 100 || cmp.Equal(a.Totals(), b.Totals()))
	})
	return cmp.Diff(a, b, images, records, cmp.Comparer(equal), cmpopts.EquateNaNs(), cmpopts.EquateEmpty())
}

// list is what a record holds, its last ten entries.
func list(r engine.Record) []engine.Entry {
	var out []engine.Entry
	for i := max(0, r.Len()-10); i < r.Len(); i++ {
		out = append(out, r.At(i))
	}
	return out
}

// equal compares tensors bit by bit.
func equal(a, b *tensor.Dense) bool {
	if !a.Shape().Eq(b.Shape()) || a.Dtype() != b.Dtype() {
		return false
	}
	if x, ok := a.Data().([]float64); ok {
		return slices.EqualFunc(x, b.Float64s(), func(x, y float64) bool { return math.Float64bits(x) == math.Float64bits(y) })
	}
	return cmp.Equal(a.Data(), b.Data())
}

// A replay shows at every step what the session showed.
func TestReplayShowsTheRun(t *testing.T) {
	for _, mode := range engine.Modes() {
		t.Run(mode, func(t *testing.T) {
			s := small(t, mode)
			r, live := replay(t, record(t, s, Options{Command: "unseen explore --mode " + mode})), open(t, s)
			if r.Command() != "unseen explore --mode "+mode {
				t.Errorf("the command is %q", r.Command())
			}
			if diff := cmp.Diff(live.Scenario(), r.Scenario()); diff != "" {
				t.Errorf("another scenario:\n%s", diff)
			}
			if r.Baseline() != live.Baseline() || !cmp.Equal(r.Levels(), live.Levels()) {
				t.Error("another baseline, or other levels")
			}
			if diff := cmp.Diff(live.Dataset().Split, r.Dataset().Split); diff != "" {
				t.Errorf("another split:\n%s", diff)
			}
			_, total := live.Position()
			if _, n := r.Position(); n != total {
				t.Fatalf("%d steps were recorded, %d made", n, total)
			}
			var before *engine.Snapshot
			seen := twins{}
			stride := 1 + total/500 // of a long run not every step is compared
			for {
				at, _ := live.Position()
				if at%stride != 0 && at != total {
					if err := errors.Join(live.Next(background, trace.Message), r.Next(background, trace.Message)); err != nil {
						t.Fatal(err)
					}
					continue
				}
				a, b := live.Snapshot(before), r.Snapshot(nil)
				if diff := seen.differ(a, b); diff != "" {
					t.Fatalf("step %d differs:\n%s", a.Step, diff)
				}
				before = a
				if a.Step == total {
					return
				}
				if err := errors.Join(live.Next(background, trace.Message), r.Next(background, trace.Message)); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// A replay goes where a session goes, by every way there is.
func TestReplayMovesAsTheSession(t *testing.T) {
	for _, mode := range engine.Modes() {
		t.Run(mode, func(t *testing.T) {
			s := small(t, mode)
			r, live := replay(t, record(t, s, Options{})), open(t, s)
			draw := rand.New(rand.NewPCG(1, 2))
			_, total := live.Position()
			seen := twins{}
			for range 25 {
				level := trace.Levels()[draw.IntN(len(trace.Levels()))]
				step, epoch := draw.IntN(total+10)-5, draw.IntN(5)-1
				var move func(engine.Stepper) error
				switch draw.IntN(6) {
				case 0:
					move = func(s engine.Stepper) error { return s.Seek(background, step) }
				case 1:
					move = func(s engine.Stepper) error { return s.SeekEpoch(background, epoch) }
				case 2, 3:
					move = func(s engine.Stepper) error { return s.Next(background, level) }
				case 4:
					move = func(s engine.Stepper) error {
						at, _ := s.Position()
						return s.Back(background, at, level)
					}
				case 5:
					move = func(s engine.Stepper) error {
						n := 0
						return s.Each(background, func(*trace.Event) bool { n++; return n < step%7 })
					}
				}
				if err := errors.Join(move(live), move(r)); err != nil {
					t.Fatal(err)
				}
				if diff := seen.differ(live.Snapshot(nil), r.Snapshot(nil)); diff != "" {
					t.Fatalf("after moving to step %d and level %v the replay differs:\n%s", step, level, diff)
				}
			}
		})
	}
}

// Recording again what is replayed gives the same file.
func TestRecordingAReplay(t *testing.T) {
	file := record(t, small(t, engine.Central), Options{})
	var again bytes.Buffer
	if _, err := Write(background, &again, replay(t, file), Options{}); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(file, again.Bytes()) {
		t.Errorf("%d bytes became %d others", len(file), again.Len())
	}
}

// A recording may be a part of a run.
func TestPartOfARun(t *testing.T) {
	r := replay(t, record(t, small(t, engine.Federated), Options{Steps: 40}))
	if _, total := r.Position(); total != 40 {
		t.Errorf("%d steps", total)
	}
	if whole, total := r.Recorded(); whole || total <= 40 {
		t.Errorf("a part of %d counts as whole: %v", total, whole)
	}
	if err := r.Seek(background, 1000); err != nil || r.Snapshot(nil).Step != 40 {
		t.Errorf("the end is step %d, %v", r.Snapshot(nil).Step, err)
	}
}

// Given initial weights and a data file are in the recording.
func TestSelfContained(t *testing.T) {
	s := small(t, engine.Central)
	session := open(t, s)
	if err := session.SeekEpoch(background, 9); err != nil {
		t.Fatal(err)
	}
	result, err := open(t, s).Run(background, nil)
	if err != nil {
		t.Fatal(err)
	}
	s.Network.Initial = &result.Weights
	r := replay(t, record(t, s, Options{Steps: 5}))
	got := r.Scenario().Network.Initial
	if got == nil || !cmp.Equal(got.W[0].Float64s(), result.Weights.W[0].Float64s()) {
		t.Error("the initial weights are lost")
	}
}

// A setting that a recording does not name has its default.
func TestLaterSettings(t *testing.T) {
	text := `{"scenario":{"Mode":"central","Recipe":"notebook","Seed":9},"parties":[{"id":"server"}]}`
	h, err := decodeHeader([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	want, _ := engine.Default(engine.Central, "notebook")
	want.Seed = 9
	if diff := cmp.Diff(want, h.Scenario); diff != "" {
		t.Errorf("the scenario differs:\n%s", diff)
	}
	if _, err := decodeHeader([]byte(`{"scenario":{"Mode":"telepathic","Recipe":"default"},"parties":[{}]}`)); err == nil || !strings.Contains(err.Error(), "does not know") {
		t.Errorf("an unknown mode: %v", err)
	}
}

// What is wrong with a file is said.
func TestRefusals(t *testing.T) {
	file := record(t, small(t, engine.Central), Options{Steps: 30})
	edit := func(f func([]byte) []byte) []byte { return f(bytes.Clone(file)) }
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"empty":    {nil, "no recording"},
		"text":     {[]byte("1  setup  local  server\n"), "no recording of unseen"},
		"newer":    {edit(func(b []byte) []byte { return bytes.Replace(b, []byte("recording 2"), []byte("recording 3"), 1) }), "has format 3, and this unseen reads up to 2"},
		"no end":   {file[:len(file)-60], "cut off"},
		"half":     {file[:len(file)/2], "cut off"},
		"stub":     {file[:10], "cut off"},
		"one byte": {edit(func(b []byte) []byte { b[len(b)/2] ^= 1; return b }), "is damaged: the checksum"},
		"twice":    {append(bytes.Clone(file), file[20:]...), "damaged"},
		"zeros":    {edit(func(b []byte) []byte { clear(b[len(b)/2:]); return b }), "damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Read(bytes.NewReader(c.file), int64(len(c.file)))
			var refused *Error
			if !errors.As(err, &refused) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("the answer is %v, not %q", err, c.want)
			}
		})
	}
	if _, err := Open(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that does not exist: %v", err)
	}
	if _, err := Open(t.TempDir()); err == nil {
		t.Error("a folder was opened")
	}
}

// Any byte that is changed anywhere is noticed.
func TestEveryByteCounts(t *testing.T) {
	file := record(t, small(t, engine.Central), Options{Steps: 4})
	for i := 0; i < len(file); i += 1 + i/40 { // all of the beginning, some of the rest
		file[i] ^= 0x10
		if _, err := Read(bytes.NewReader(file), int64(len(file))); err == nil {
			t.Fatalf("byte %d was changed and nobody noticed", i)
		}
		file[i] ^= 0x10
	}
}

// A cancelled recording says so, and what it left behind is refused.
func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(background)
	var out bytes.Buffer
	_, err := Write(ctx, &out, open(t, small(t, engine.Federated)), Options{Progress: func(int, int) { cancel() }})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("the error is %v", err)
	}
	if _, err := Read(bytes.NewReader(out.Bytes()), int64(out.Len())); err == nil {
		t.Error("half a recording was opened")
	}
}

// A file that cannot be read any more ends the replay with an error.
func TestLostFile(t *testing.T) {
	file := record(t, small(t, engine.Central), Options{})
	lost := &losing{bytes.NewReader(file), false}
	r, err := Read(lost, int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	lost.gone = true
	if err := r.Seek(background, 50); err != nil {
		t.Fatal(err)
	}
	if n := r.Snapshot(nil); n.Err == nil {
		t.Error("the numbers came from nowhere")
	}
	r.Close()
	if err := r.Seek(background, 3); err == nil {
		t.Error("it goes on")
	}
}

type losing struct {
	io.ReaderAt
	gone bool
}

func (l *losing) ReadAt(b []byte, at int64) (int, error) {
	if l.gone {
		return 0, io.ErrUnexpectedEOF
	}
	return l.ReaderAt.ReadAt(b, at)
}
