// Package tui is the explorer: the root of the screens. It knows the size of the
// terminal, the stack of screens and the overlays, turns keys into intents and
// hands them down; everything else is in folders of its own: screens, widgets,
// theme and the table of keys.
//
// The root draws nothing but the overlays and routes everything else, so that it
// stays small however many screens there are.
//
//   - tui.go: the root
//   - desk.go: opens screens, and keeps the stage of each way to train
//   - overlays.go, explain.go: the help, everything by name, and explanations
//   - command.go: the command that opens what is on the screen
//   - pressed.go: the keys pressed, for an audience
package tui

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"

	tea "charm.land/bubbletea/v2"

	"unseen/data"
	"unseen/engine"
	"unseen/engine/trace"
	"unseen/tui/key"
	"unseen/tui/paint"
	"unseen/tui/screen"
	"unseen/tui/theme"
	"unseen/tui/widget"
)

// Options say what the explorer opens with.
type Options struct {
	Scenario engine.Scenario // checked by the caller
	Set      *data.Set
	// For returns the scenario of another mode with the same explicit settings.
	// Nil: the default recipe of that mode, with the data and the seed of Scenario.
	For func(mode string) (engine.Scenario, error)
	// Direct opens the stage at once, with Home behind it.
	Direct bool
	// Opened is a run to open in the place of a new session of the mode of Scenario: a
	// recording, or a private prediction; nil: none. It is closed when the explorer is.
	Opened engine.Stepper
	// Start says where to begin.
	Start Start
	// Present is for the projector: one large sentence for each step, and the keys that
	// were pressed.
	Present bool
	// Command returns the command that explores a scenario, for people to paste; nil:
	// there is none.
	Command func(engine.Scenario) string

	ahead bool // stages run the next steps while the last one is looked at
}

// Start is where the explorer opens.
type Start struct {
	Step   int          // of the stage
	Zoom   *trace.Level // of the stage; nil: as usual
	Eyes   string       // the party through whose eyes the stage looks; empty: everything
	Breaks []string     // breakpoints of the stage
	Screen string       // home, data, compare; empty: the stage if that is asked for
	Open   screen.State // what is open on the screen
}

// Explorer is the explorer, ready to be shown.
type Explorer struct{ root *root }

// New makes the explorer. What is wrong with where it is to open is said here, before
// there is a screen.
func New(o Options) (*Explorer, error) {
	o.ahead = true // somebody is there
	r, err := open(o)
	if err != nil {
		return nil, err
	}
	return &Explorer{r}, nil
}

// Close ends what the explorer has under way.
func (x *Explorer) Close() { x.root.closeAll() }

// Run shows the explorer on the terminal and returns when the user leaves. What is computed
// meanwhile may keep all cores busy; with one more thread at a time than there are cores a
// key waits for the operating system only, not for a computation to be preempted at each of
// the goroutines that it goes through on its way to the screen.
func (x *Explorer) Run(ctx context.Context) error {
	cores := runtime.GOMAXPROCS(0)
	runtime.GOMAXPROCS(cores + 1)
	defer runtime.GOMAXPROCS(cores)
	err := paint.Run(ctx, x.root, "unseen")
	if errors.Is(err, tea.ErrInterrupted) || ctx.Err() != nil {
		return nil
	}
	if err != nil {
		return fmt.Errorf("the terminal: %w", err)
	}
	return nil
}

// Least size at which screens are drawn.
const leastW, leastH = 80, 24

// root is the bubbletea model.
type root struct {
	keys    key.Table
	theme   theme.Theme
	desk    *desk           // opens screens
	screens []screen.Screen // the last one is shown
	overlay overlay         // nil when none is open
	opening string          // the screen being made, empty when none is
	notice  string          // why a screen could not be opened, until the next key
	remark  string          // what else there is to say, until the next key
	w, h    int
	pressed []string // the last keys, for an audience; nil: nobody looks on
	view    string   // drawn in Update: View runs after every message
}

// overlay is a dialog over the screen that takes all intents while it is open.
type overlay interface {
	// handle acts on an intent; closed is true when the overlay is done, chosen
	// is a message to route then, or nil.
	handle(key.Intent) (closed bool, chosen tea.Msg)
	// typed takes a key while text is being typed; typing says whether it is.
	typed(screen.Typed) (closed bool, chosen tea.Msg)
	typing() bool
	lines(t theme.Theme, w, h int) []string
}

func newRoot(keys key.Table, first screen.Screen) *root {
	return &root{keys: keys, theme: theme.New(true), screens: []screen.Screen{first}}
}

func (r *root) top() screen.Screen { return r.screens[len(r.screens)-1] }

// Init begins. The first frame does not wait for what the terminal says of its
// background.
func (r *root) Init() tea.Cmd { return r.top().Init() }

// View returns what Update has drawn.
func (r *root) View() tea.View { return tea.NewView(r.view) }

// Update routes a message and draws what it changed.
func (r *root) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	cmd := r.route(msg)
	r.draw()
	return r, cmd
}

func (r *root) route(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		r.w, r.h = msg.Width, msg.Height
		r.each(r.fit)
		return nil
	case tea.BackgroundColorMsg:
		if msg.IsDark() != r.theme.IsDark {
			r.theme = theme.New(msg.IsDark())
			r.each(func(s screen.Screen) { s.Restyle(r.theme) })
		}
		return nil
	case tea.KeyPressMsg:
		r.notice, r.remark = "", ""
		r.press(msg)
		return r.key(msg)
	case tea.PasteMsg:
		return r.typed(screen.Typed{Text: msg.Content})
	case tea.MouseClickMsg:
		if msg.Button == tea.MouseLeft {
			return r.pointer(screen.Pointer{X: msg.X, Y: msg.Y})
		}
		return nil
	case tea.MouseWheelMsg:
		turn := map[tea.MouseButton]int{tea.MouseWheelUp: -1, tea.MouseWheelDown: 1}[msg.Button]
		if turn != 0 {
			return r.pointer(screen.Pointer{X: msg.X, Y: msg.Y, Wheel: turn})
		}
		return nil
	case tea.MouseMsg, tea.KeyMsg, tea.FocusMsg, tea.BlurMsg:
		return nil
	case key.Intent:
		return r.intent(msg)
	case screen.Leave:
		return r.leave()
	case screen.Open:
		return r.open(msg.Name)
	case opened:
		return r.push(msg)
	case copied:
		return r.copy(msg)
	}
	return r.broadcast(msg)
}

// each calls f for every screen there is, shown or not.
func (r *root) each(f func(screen.Screen)) {
	for _, s := range r.screens {
		f(s)
	}
	if r.desk != nil {
		r.desk.each(r.screens, f)
	}
}

// broadcast hands a message to all screens: those that are not shown may have
// work under way, and everyone knows its own messages.
func (r *root) broadcast(msg tea.Msg) tea.Cmd {
	var cmds []tea.Cmd
	r.each(func(s screen.Screen) { cmds = append(cmds, s.Update(msg)) })
	return tea.Batch(cmds...)
}

// fit tells a screen the size, if the terminal is large enough for screens.
func (r *root) fit(s screen.Screen) {
	if r.fits() {
		s.Resize(r.w, r.h)
	}
}

func (r *root) fits() bool { return r.w >= leastW && r.h >= leastH }

// key translates a key, once.
func (r *root) key(k tea.KeyPressMsg) tea.Cmd {
	name := k.String()
	if i, ok := r.keys.Find(name, key.Everywhere); ok && i == key.Quit {
		return tea.Quit
	}
	if r.overlay != nil && r.overlay.typing() || r.overlay == nil && r.typing() {
		return r.typed(screen.Typed{Key: name, Text: k.Text})
	}
	scopes := r.top().Scopes()
	if r.overlay != nil {
		scopes = []key.Scope{key.Everywhere, key.Pane, key.Stepping}
	}
	i, ok := r.keys.Find(name, scopes...)
	if !ok {
		return nil
	}
	return r.intent(i)
}

func (r *root) typing() bool {
	s := r.top().Scopes()
	return len(s) == 1 && s[0] == key.Typing
}

func (r *root) typed(t screen.Typed) tea.Cmd {
	switch {
	case r.overlay != nil && r.overlay.typing():
		return r.close(r.overlay.typed(t))
	case r.overlay == nil && r.typing():
		return r.top().Update(t)
	}
	return nil
}

func (r *root) intent(i key.Intent) tea.Cmd {
	if r.overlay != nil {
		return r.close(r.overlay.handle(i))
	}
	if !r.fits() {
		if i == key.Leave {
			return tea.Quit
		}
		return nil
	}
	switch i {
	case key.Quit:
		return tea.Quit
	case key.Help:
		r.overlay = newHelp(r.top().Help(), r.keys, r.top().Scopes())
	case key.Palette:
		var places []screen.Place
		if s, ok := r.top().(screen.Searchable); ok {
			places = s.Places()
		}
		r.overlay = newPalette(r.keys, r.top().Scopes(), places)
	case key.Mode:
		if r.desk != nil {
			r.overlay = newModes(r.ways())
		}
	case key.Command:
		if r.desk != nil {
			r.overlay = &commandLine{r.desk.command(r.top())}
		}
	case key.Charts:
		return r.open(screen.Charts)
	case key.Data:
		return r.open(screen.Data)
	case key.Compare:
		return r.open(screen.Compare)
	case key.Labs:
		return r.open(screen.Labs)
	default:
		return r.top().Update(i)
	}
	return nil
}

// close closes the overlay if it is done, and carries out what was chosen in it.
func (r *root) close(done bool, chosen tea.Msg) tea.Cmd {
	if !done {
		return nil
	}
	r.overlay = nil
	if chosen == nil {
		return nil
	}
	return r.route(chosen)
}

func (r *root) pointer(p screen.Pointer) tea.Cmd {
	if !r.fits() {
		return nil
	}
	if r.overlay != nil {
		switch {
		case p.Wheel < 0:
			return r.close(r.overlay.handle(key.Up))
		case p.Wheel > 0:
			return r.close(r.overlay.handle(key.Down))
		}
		r.overlay = nil
		return nil
	}
	return r.top().Update(p)
}

func (r *root) leave() tea.Cmd {
	if len(r.screens) == 1 {
		return tea.Quit
	}
	if r.desk == nil || !r.desk.keeps(r.top()) {
		r.top().Close()
	}
	r.screens = r.screens[:len(r.screens)-1]
	if s, ok := r.top().(interface{ Shown() }); ok {
		s.Shown()
	}
	return nil
}

// closeAll ends what all screens have under way.
func (r *root) closeAll() { r.each(func(s screen.Screen) { s.Close() }) }

func (r *root) draw() {
	switch {
	case r.w == 0:
		r.view = ""
	case !r.fits():
		r.view = fmt.Sprintf("unseen needs a terminal of %d×%d\nor more; this one has %d×%d.\nNothing is lost: make it larger,\nor q to quit.", leastW, leastH, r.w, r.h)
	case r.overlay != nil:
		box := r.overlay.lines(r.theme, min(r.w-8, 100), r.h-4)
		r.view = strings.Join(widget.Dialog(r.theme, withoutKeys(r.top().Lines(), r.w), box), "\n")
	case r.notice != "" || r.remark != "":
		say := r.theme.Bad.Render(widget.Plain(r.notice))
		if r.notice == "" {
			say = r.theme.Accent.Render(widget.Plain(r.remark))
		}
		lines := append([]string(nil), r.top().Lines()...)
		lines[len(lines)-1] = widget.Fit(" "+say, r.w)
		r.view = strings.Join(lines, "\n")
	default:
		r.view = strings.Join(r.top().Lines(), "\n")
	}
	if len(r.pressed) > 0 && r.w > 0 && r.fits() {
		r.view = r.showKeys(r.view)
	}
}

// withoutKeys is a screen with nothing in its footer: under an overlay its keys do nothing,
// and the overlay says which do.
func withoutKeys(lines []string, w int) []string {
	if len(lines) == 0 {
		return lines
	}
	return append(lines[:len(lines)-1:len(lines)-1], strings.Repeat(" ", w))
}
