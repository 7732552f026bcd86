// Package paint shows a bubbletea program on the terminal: a frame is painted when there
// is one, and nothing at all happens while there is none.
//
// Bubbletea's own renderer looks for a new frame a fixed number of times a second, as
// long as the program runs. No number is right for an explorer that answers a key within
// 16 ms and rests otherwise: 32 looks a second show a key after 28 to 44 ms and half the
// steps of a play at 60 a second; 60 looks, at which a key still waits for up to 17 ms,
// are 1.0 to 1.3 % of a core on an idle virtual machine, by the wake-ups alone. So
// bubbletea runs without its renderer here. It calls View after every message; what View
// returns is handed to the screen of ultraviolet, which is also what bubbletea's renderer
// paints with and which finds out what has changed.
//
// What a renderer does besides is here, too: raw mode, the alternate screen, the mouse,
// the size, what the terminal can do, and leaving everything as it was.
package paint

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"
	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
)

// pause is how long no other frame is painted after one: of more than 120 frames a second
// nobody sees more, and the last one is always painted.
const pause = time.Second / 120

// looks is how often in a second bubbletea writes what a program wants to tell the
// terminal beside its frames, for instance what is to go to the clipboard.
const looks = 4

// Run shows a program in the whole terminal that is standard input and output, under a
// title, until it quits or the context ends. The error is bubbletea's, or says what is
// wrong with the terminal.
func Run(ctx context.Context, program tea.Model, title string) error {
	terminal := uv.DefaultConsole()
	if _, err := terminal.MakeRaw(); err != nil {
		return fmt.Errorf("keys one by one: %w", err)
	}
	p := newPainter(uv.NewTerminalScreen(os.Stdout, terminal.Environ()), func() { terminal.Restore() })
	defer p.leave()
	p.enter(title, questions(terminal))
	go p.work()

	w, h := size(terminal)
	t := tea.NewProgram(shown{program, p}, tea.WithContext(ctx), tea.WithoutRenderer(), tea.WithFPS(looks), tea.WithWindowSize(w, h))
	go p.sizes(terminal, t.Send)
	_, err := t.Run()
	return err
}

// size is the terminal's size; one that does not know is taken for a usual one.
func size(terminal uv.Console) (w, h int) {
	w, h, err := terminal.GetSize()
	if err != nil || w <= 0 || h <= 0 {
		return 80, 24
	}
	return w, h
}

// questions ask for the terminal's background and for what it can do. Some print what
// they do not know, and over a network an answer may come when the program has ended:
// these are asked for the background only.
func questions(terminal uv.Console) string {
	_, remote := terminal.LookupEnv("SSH_TTY")
	if remote || strings.Contains(terminal.Getenv("TERM_PROGRAM"), "Apple") {
		return ansi.RequestBackgroundColor
	}
	return ansi.RequestBackgroundColor + ansi.RequestModeSynchronizedOutput + ansi.RequestModeUnicodeCore
}

// shown is a program whose frames a painter takes.
type shown struct {
	tea.Model
	painter *painter
}

// Init begins the program.
func (s shown) Init() tea.Cmd { return s.guard(s.Model.Init()) }

// Update hands a message on, and tells the painter what it says of the terminal.
func (s shown) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	defer s.painter.rescue()
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		s.painter.resize(msg.Width, msg.Height)
	case tea.ColorProfileMsg:
		s.painter.change(func(t *uv.TerminalScreen) { t.SetColorProfile(msg.Profile) })
	case tea.ModeReportMsg:
		s.painter.mode(msg)
	}
	m, cmd := s.Model.Update(msg)
	return shown{m, s.painter}, s.guard(cmd)
}

// View hands the frame to the painter.
func (s shown) View() tea.View {
	defer s.painter.rescue()
	v := s.Model.View()
	s.painter.show(v.Content)
	return v
}

// guard rescues the terminal from a command that panics, and from those that it returns.
func (s shown) guard(cmd tea.Cmd) tea.Cmd {
	if cmd == nil {
		return nil
	}
	return func() tea.Msg {
		defer s.painter.rescue()
		msg := cmd()
		if batch, ok := msg.(tea.BatchMsg); ok {
			for i, c := range batch {
				batch[i] = s.guard(c)
			}
		}
		return msg
	}
}

// painter paints the last frame that was shown.
type painter struct {
	due     chan struct{} // there is something to paint
	over    chan struct{} // closed when the terminal is to be left
	left    sync.Once
	restore func() // the terminal's state outside the screen

	waiting sync.Mutex // guards next, never held for long
	next    string

	painting sync.Mutex // guards the rest
	screen   *uv.TerminalScreen
	painted  string
	stale    bool // the screen does not show what was painted
}

func newPainter(screen *uv.TerminalScreen, restore func()) *painter {
	return &painter{due: make(chan struct{}, 1), over: make(chan struct{}), screen: screen, restore: restore}
}

// enter opens the screen and asks questions; answers come among the keys.
func (p *painter) enter(title, questions string) {
	p.change(func(t *uv.TerminalScreen) {
		t.EnterAltScreen()
		t.SetWindowTitle(title)
		t.EnableBracketedPaste()
		t.SetMouseMode(uv.MouseModeDrag)
		t.SetMouseEncoding(uv.MouseEncodingSGR)
		t.WriteString(ansi.PushKittyKeyboard(ansi.KittyDisambiguateEscapeCodes)) // esc is told from keys that begin with it
		t.WriteString(questions)
		t.Flush()
	})
}

// leave leaves the terminal as it was before enter. Nothing is painted any more.
func (p *painter) leave() {
	p.left.Do(func() {
		close(p.over)
		p.painting.Lock()
		defer p.painting.Unlock()
		if p.screen.WidthMethod() == ansi.GraphemeWidth {
			p.screen.WriteString(ansi.ResetModeUnicodeCore)
		}
		p.screen.WriteString(ansi.PopKittyKeyboard(1))
		p.screen.Reset()
		p.screen.Flush()
		p.restore()
	})
}

// rescue, deferred, leaves the terminal before a panic breaks the program: what bubbletea
// or Go print of it is to be seen.
func (p *painter) rescue() {
	if r := recover(); r != nil {
		p.leave()
		panic(r)
	}
}

// show hands over a frame. It does not wait for it to be painted.
func (p *painter) show(frame string) {
	p.waiting.Lock()
	p.next = frame
	p.waiting.Unlock()
	select {
	case p.due <- struct{}{}:
	default: // it is awake
	}
}

// change changes the terminal.
func (p *painter) change(what func(*uv.TerminalScreen)) {
	p.painting.Lock()
	defer p.painting.Unlock()
	what(p.screen)
}

// resize fits the screen to the terminal; what it shows then is of another size.
func (p *painter) resize(w, h int) {
	p.change(func(t *uv.TerminalScreen) {
		t.Resize(w, h)
		p.stale = true
	})
}

// sizes sends the terminal's new sizes. Windows tells them among the keys instead.
func (p *painter) sizes(terminal uv.Console, send func(tea.Msg)) {
	changed := make(chan os.Signal, 1)
	uv.NotifyWinch(changed)
	defer signal.Stop(changed)
	for {
		select {
		case <-p.over:
			return
		case <-changed:
			w, h := size(terminal)
			send(tea.WindowSizeMsg{Width: w, Height: h})
		}
	}
}

// mode takes a terminal's answer about what it can do.
func (p *painter) mode(m tea.ModeReportMsg) {
	known := m.Value == ansi.ModeReset || m.Value == ansi.ModeSet || m.Value == ansi.ModePermanentlySet
	switch {
	case m.Mode == ansi.ModeSynchronizedOutput && known:
		p.change(func(t *uv.TerminalScreen) { t.SetSynchronizedUpdates(true) })
	case m.Mode == ansi.ModeUnicodeCore && known:
		p.change(func(t *uv.TerminalScreen) {
			t.WriteString(ansi.SetModeUnicodeCore)
			t.SetWidthMethod(ansi.GraphemeWidth)
		})
	}
}

// work paints until the terminal is left.
func (p *painter) work() {
	defer p.rescue()
	for {
		select {
		case <-p.over:
			return
		case <-p.due:
		}
		if !p.paint() {
			continue
		}
		select {
		case <-p.over:
			return
		case <-time.After(pause):
		}
	}
}

// paint paints the last frame, if the screen does not show it, and reports whether it
// did.
func (p *painter) paint() bool {
	p.waiting.Lock()
	frame := p.next
	p.waiting.Unlock()

	p.painting.Lock()
	defer p.painting.Unlock()
	select {
	case <-p.over:
		return false
	default:
	}
	if frame == p.painted && !p.stale {
		return false
	}
	p.screen.Display(uv.NewStyledString(frame)) // a terminal that is gone ends the program by its signal
	p.painted, p.stale = frame, false
	return true
}
