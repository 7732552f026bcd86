package paint

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"
)

// sink is a terminal that draws what it is sent and counts the writes.
type sink struct {
	mu     sync.Mutex
	screen *vt.Emulator
	all    bytes.Buffer
	writes int
}

func newSink(w, h int) *sink { return &sink{screen: vt.NewEmulator(w, h)} }

func (s *sink) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(b) > 0 {
		s.writes++
		s.all.Write(b)
		s.screen.Write(b)
	}
	return len(b), nil
}

func (s *sink) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.TrimSpace(s.screen.String())
}

// sent is all that was written.
func (s *sink) sent() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all.String()
}

func (s *sink) written() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.writes
}

// painting returns a painter at work on a sink, and a count of restored terminals.
func painting(t *testing.T) (*painter, *sink, *int) {
	s, restored := newSink(20, 3), new(int)
	p := newPainter(uv.NewTerminalScreen(s, uv.Environ{"TERM=xterm-256color"}), func() { *restored++ })
	p.resize(20, 3)
	p.enter("title", "")
	go p.work()
	t.Cleanup(p.leave)
	return p, s, restored
}

func TestAFrameIsPaintedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, s, _ := painting(t)
		for i := range 3 {
			time.Sleep(pause)
			synctest.Wait()
			began := time.Now()
			want := fmt.Sprint("frame ", i)
			p.show(want)
			synctest.Wait() // no time passes
			if got := s.text(); got != want || time.Now() != began {
				t.Errorf("the screen shows %q after %v, not %q at once", got, time.Since(began), want)
			}
		}
	})
}

func TestNothingIsPaintedTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, s, _ := painting(t)
		p.show("the frame")
		time.Sleep(time.Second)
		before := s.written()
		for range 100 {
			p.show("the frame")
			time.Sleep(time.Second)
		}
		if got := s.written(); got != before {
			t.Errorf("%d writes for a frame that is on the screen", got-before)
		}
	})
}

// Of frames that come faster than anybody sees, some are left out, and never the last.
func TestFramesMayComeFast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, s, _ := painting(t)
		before := s.written()
		for i := range 1000 {
			p.show(fmt.Sprint("frame ", i))
			time.Sleep(time.Millisecond)
		}
		time.Sleep(pause)
		synctest.Wait()
		if got := s.text(); got != "frame 999" {
			t.Errorf("the last frame is not on the screen, but %q", got)
		}
		if got := s.written() - before; got < 100 || got > 125 {
			t.Errorf("%d frames were painted in a second, not about 120", got)
		}
	})
}

// A play at 60 steps a second is painted whole.
func TestSixtyFramesASecondAreAllPainted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, s, _ := painting(t)
		before := s.written()
		for i := range 60 {
			p.show(fmt.Sprint("frame ", i))
			time.Sleep(time.Second / 60)
		}
		if got := s.written() - before; got != 60 {
			t.Errorf("%d of 60 frames were painted", got)
		}
	})
}

func TestASizeMakesAllAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, s, _ := painting(t)
		p.show("the frame")
		time.Sleep(time.Second)
		s.mu.Lock()
		s.screen = vt.NewEmulator(30, 5) // as a terminal that forgets what it showed
		s.mu.Unlock()
		p.resize(30, 5)
		p.show("the frame")
		synctest.Wait()
		if got := s.text(); got != "the frame" {
			t.Errorf("the screen shows %q", got)
		}
	})
}

func TestLeavingRestoresTheTerminal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, s, restored := painting(t)
		p.mode(tea.ModeReportMsg{Mode: ansi.ModeUnicodeCore, Value: ansi.ModeReset})
		p.show("the frame")
		time.Sleep(time.Second)
		p.leave()
		p.leave()
		if *restored != 1 {
			t.Errorf("restored %d times", *restored)
		}
		all := s.sent()
		for _, pair := range [][2]string{
			{ansi.SetModeAltScreenSaveCursor, ansi.ResetModeAltScreenSaveCursor},
			{ansi.HideCursor, ansi.ShowCursor},
			{ansi.SetModeMouseButtonEvent, ansi.ResetModeMouseButtonEvent},
			{ansi.SetModeMouseExtSgr, ansi.ResetModeMouseExtSgr},
			{ansi.SetModeBracketedPaste, ansi.ResetModeBracketedPaste},
			{ansi.SetModeUnicodeCore, ansi.ResetModeUnicodeCore},
			{ansi.PushKittyKeyboard(1), ansi.PopKittyKeyboard(1)},
			{ansi.SetWindowTitle("title"), ansi.SetWindowTitle("")},
		} {
			on, off := strings.LastIndex(all, pair[0]), strings.LastIndex(all, pair[1])
			if on < 0 || off < on {
				t.Errorf("%q at %d, and %q at %d", pair[0], on, pair[1], off)
			}
		}
		before := s.written()
		p.show("too late")
		time.Sleep(time.Second)
		if s.written() != before {
			t.Error("painted on a terminal that was left")
		}
	})
}

func TestSynchronizedUpdatesAreUsedWhereKnown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, s, _ := painting(t)
		p.mode(tea.ModeReportMsg{Mode: ansi.ModeSynchronizedOutput, Value: ansi.ModeNotRecognized})
		p.show("one")
		time.Sleep(time.Second)
		if strings.Contains(s.sent(), ansi.SetModeSynchronizedOutput) {
			t.Error("used where the terminal does not know it")
		}
		p.mode(tea.ModeReportMsg{Mode: ansi.ModeSynchronizedOutput, Value: ansi.ModeReset})
		p.show("two")
		time.Sleep(time.Second)
		if !strings.Contains(s.sent(), ansi.SetModeSynchronizedOutput) {
			t.Error("not used where the terminal knows it")
		}
	})
}

// broken is a program that panics where it is told to.
type broken struct{ where string }

func (b broken) breaks(where string) {
	if b.where == where {
		panic(where)
	}
}

func (b broken) Init() tea.Cmd { return func() tea.Msg { b.breaks("init"); return nil } }

func (b broken) Update(tea.Msg) (tea.Model, tea.Cmd) {
	b.breaks("update")
	return b, tea.Batch(
		func() tea.Msg { b.breaks("command"); return nil },
		func() tea.Msg {
			return tea.BatchMsg{func() tea.Msg { b.breaks("command of a command"); return nil }}
		})
}

func (b broken) View() tea.View { b.breaks("view"); return tea.NewView("") }

// run runs a command and all that it returns.
func run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	if batch, ok := cmd().(tea.BatchMsg); ok {
		for _, c := range batch {
			run(c)
		}
	}
}

// A program that breaks leaves the terminal as it was first, so that one can read why.
func TestAPanicLeavesTheTerminal(t *testing.T) {
	for _, where := range []string{"init", "update", "view", "command", "command of a command", "nowhere"} {
		synctest.Test(t, func(t *testing.T) {
			p, _, restored := painting(t)
			func() {
				defer func() {
					r := recover()
					if (r == nil) != (where == "nowhere") {
						t.Errorf("%s: recovered %v", where, r)
					}
				}()
				s := shown{broken{where}, p}
				run(s.Init())
				_, cmd := s.Update(nil)
				run(cmd)
				s.View()
			}()
			if left := *restored == 1; left != (where != "nowhere") {
				t.Errorf("%s: the terminal was restored %d times", where, *restored)
			}
		})
	}
}
