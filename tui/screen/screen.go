// Package screen is the contract between the root of the explorer and its
// screens.
package screen

import (
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"

	"unseen/tui/key"
	"unseen/tui/theme"
	"unseen/tui/widget"
)

// Screen is one full screen. It changes only in its methods Update, Resize and
// Restyle, all called by the root on one goroutine.
type Screen interface {
	// Init returns the first command; may be nil.
	Init() tea.Cmd
	// Update handles an intent, a [Typed] key, a [Pointer] or a message of the
	// screen's own commands.
	Update(msg tea.Msg) tea.Cmd
	// Resize tells the size of the screen in cells, at least 80×24.
	Resize(w, h int)
	// Restyle changes the look.
	Restyle(theme.Theme)
	// Lines returns the screen: as many lines as it is high, each as wide as it
	// is. It does no work: what it returns was drawn when something changed.
	Lines() []string
	// Scopes says which parts of the key table hold now.
	Scopes() []key.Scope
	// Help names what can be seen now, for the help to begin with.
	Help() Help
	// Close ends what the screen has under way.
	Close()
}

// Searchable is a screen with places that can be found by name.
type Searchable interface {
	// Places lists what can be found on the screen as it is looked at now.
	Places() []Place
}

// Place is something on a screen that has a name.
type Place struct {
	Name, About string
	Go          tea.Msg // brings the screen there
}

// Help is what the help of a screen begins with.
type Help struct {
	Title string // the focused pane
	Words []Word
	// About explains what goes on at the moment, as Markdown of headings, paragraphs and
	// lines of formulas. Empty: nothing in particular.
	About string
}

// Word is a word that is on the screen, explained in one sentence.
type Word struct {
	Term, Meaning string
}

// Typed is a key pressed while a screen asked for text (scope key.Typing).
type Typed struct {
	Key  string // as bubbletea names it
	Text string // what it writes; empty for keys that write nothing
}

// Edit returns a line of text after the key: backspace takes its last letter, ctrl+u all of
// it, other keys add what they write, as far as the line stays within longest bytes.
func (t Typed) Edit(line string, longest int) string {
	switch t.Key {
	case "backspace":
		_, last := utf8.DecodeLastRuneInString(line)
		return line[:len(line)-last]
	case "ctrl+u":
		return ""
	}
	if more := widget.Plain(t.Text); len(line)+len(more) <= longest {
		return line + more
	}
	return line
}

// Pointer is a click or a turn of the wheel.
type Pointer struct {
	X, Y  int
	Wheel int // −1 up, +1 down, 0 for a click
}

// Leave asks the root to go back to the screen before this one.
type Leave struct{}

// Open asks the root for another screen: [Data], [Compare], [Labs], or the stage of the
// mode of that name.
type Open struct{ Name string }

// The screens that are not the stage of a mode.
const (
	Home    = "home"
	Data    = "data"
	Compare = "compare"
	Charts  = "charts"
	Labs    = "labs"
)

// Everything reports whether the screen of this name shows what no party of a run sees:
// everybody's rows, the metrics of the simulator.
func Everything(name string) bool {
	return name == Data || name == Compare || name == Charts || name == Labs
}

// Names lists the screens that are not the stage of a mode.
func Names() []string { return []string{Home, Data, Charts, Compare, Labs} }
