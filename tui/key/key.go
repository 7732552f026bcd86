// Package key holds the table of keys. A key is translated here, once, into an
// [Intent], a plain value; screens handle intents and never see keys. The help
// and the footer are read from the same table, so they cannot be wrong.
package key

import "slices"

// Intent is what a person wants done.
type Intent string

// The intents.
const (
	Forward   Intent = "forward"    // one step on
	Backward  Intent = "backward"   // one step back
	Coarser   Intent = "coarser"    // bigger steps
	Finer     Intent = "finer"      // smaller steps
	Play      Intent = "play"       // step by itself, or stop doing so
	Faster    Intent = "faster"     // play faster
	Slower    Intent = "slower"     // play slower
	GoTo      Intent = "go to"      // ask for a step and go there
	First     Intent = "first step" // go to the beginning
	Last      Intent = "last step"  // run to the end
	NextPane  Intent = "next pane"
	PrevPane  Intent = "previous pane"
	ZoomPane  Intent = "zoom pane" // the focused pane fills the screen, or no longer does
	Up        Intent = "up"
	Down      Intent = "down"
	Left      Intent = "left"
	Right     Intent = "right"
	PageUp    Intent = "page up"
	PageDown  Intent = "page down"
	Home      Intent = "top"
	End       Intent = "bottom"
	Choose    Intent = "choose"
	Filter    Intent = "filter"
	Offline   Intent = "offline" // take the selected worker offline, or bring it back
	Mode      Intent = "mode"    // ask for another way to train
	Data      Intent = "data"    // look at the data
	Compare   Intent = "compare" // all ways to train side by side
	Command   Intent = "command" // the command that opens this place
	Charts    Intent = "charts"  // what runs have come to
	Export    Intent = "export"  // write what is shown into files
	Labs      Intent = "labs"    // attacks and experiments
	Help      Intent = "help"
	Palette   Intent = "palette"
	Cancel    Intent = "cancel"
	Leave     Intent = "leave"
	Quit      Intent = "quit"
	Erase     Intent = "erase"
	EraseWord Intent = "erase word"
)

// Scope says where a binding holds.
type Scope string

// The scopes.
const (
	Everywhere Scope = "everywhere"
	Stepping   Scope = "stepping"       // the Stage and whatever else can step
	Browsing   Scope = "on this screen" // screens with nothing to step
	Pane       Scope = "the focused pane"
	Memory     Scope = "the memory"  // the pane that looks into a party's memory
	Listing    Scope = "in the list" // a list over the screen that can be changed
	Charting   Scope = "charts"
	Typing     Scope = "typing"  // while text is asked for
	Reading    Scope = "reading" // help and other text to scroll
)

// Binding ties keys to an intent.
type Binding struct {
	Keys   []string // as bubbletea names them; the first is shown
	Show   string   // how the keys are written for people
	Intent Intent
	Scope  Scope
	Help   string // one line in the help
}

// Table is a list of bindings.
type Table []Binding

// Default returns the program's keys.
func Default() Table {
	return Table{
		{[]string{"right", "l"}, "→ l", Forward, Stepping, "one step on; how big a step is, the zoom says"},
		{[]string{"left", "h"}, "← h", Backward, Stepping, "one step back"},
		{[]string{"["}, "[", Coarser, Stepping, "coarser: bigger steps"},
		{[]string{"]"}, "]", Finer, Stepping, "finer: smaller steps"},
		{[]string{"space"}, "space", Play, Stepping, "play, or stop"},
		{[]string{"+", "="}, "+", Faster, Stepping, "play faster"},
		{[]string{"-"}, "-", Slower, Stepping, "play slower"},
		{[]string{"g"}, "g", GoTo, Stepping, "go to a step (a number) or an epoch (e3)"},
		{[]string{"<", ","}, "<", First, Stepping, "back to the beginning"},
		{[]string{">", "."}, ">", Last, Stepping, "run to the end"},
		{[]string{"tab"}, "tab", NextPane, Stepping, "next pane"},
		{[]string{"shift+tab"}, "⇧tab", PrevPane, Stepping, "previous pane"},
		{[]string{"z"}, "z", ZoomPane, Stepping, "the focused pane fills the screen, or no longer does"},

		{[]string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "S", "D"}, "1 … 9 S D", EyesOf, Stepping, "look through the eyes of the party with that number, of the server or the dealer"},
		{[]string{"0"}, "0", Everything, Stepping, "look at everything, as nobody in the run does"},
		{[]string{"e"}, "e", Eyes, Stepping, "choose through whose eyes to look, by name"},
		{[]string{"b"}, "b", Breakpoints, Stepping, "breakpoints: where → and play stop"},
		{[]string{"L"}, "L", Ledger, Stepping, "the ledger: what was released, to whom, why"},
		{[]string{"W"}, "W", Wire, Stepping, "the wire: every message, its bytes, what it costs"},
		{[]string{"F"}, "F", Person, Stepping, "follow one person: from the file to the decision"},
		{[]string{"x"}, "x", Offline, Stepping, "in secure aggregation: take the selected worker offline, or bring it back"},

		{[]string{"v"}, "v", Look, Memory, "another look: numbers, all parties’ shares, distribution, bits"},
		{[]string{"f"}, "f", Numbers, Memory, "numbers decoded, signed, unsigned, in hex, in bits"},
		{[]string{"p"}, "p", Origin, Memory, "provenance: where this value came from"},
		{[]string{"s"}, "s", Sort, Memory, "sort the objects by age, name, form, size"},

		{[]string{"n", "insert"}, "n", Add, Listing, "add one"},
		{[]string{"delete", "backspace"}, "Del", Erase, Listing, "remove it"},

		{[]string{"E"}, "E", Export, Charting, "write all charts as PNG, SVG and CSV into a folder here"},

		{[]string{"right", "l"}, "→ l", Forward, Browsing, "the next one"},
		{[]string{"left", "h"}, "← h", Backward, Browsing, "the one before"},
		{[]string{"tab"}, "tab", NextPane, Browsing, "the next view"},
		{[]string{"shift+tab"}, "⇧tab", PrevPane, Browsing, "the view before"},

		{[]string{"up", "k"}, "↑ k", Up, Pane, "up"},
		{[]string{"down", "j"}, "↓ j", Down, Pane, "down"},
		{[]string{"shift+left"}, "⇧←", Left, Pane, "columns to the left"},
		{[]string{"shift+right"}, "⇧→", Right, Pane, "columns to the right"},
		{[]string{"pgup"}, "PgUp", PageUp, Pane, "a page up"},
		{[]string{"pgdown"}, "PgDn", PageDown, Pane, "a page down"},
		{[]string{"home"}, "Home", Home, Pane, "to the top"},
		{[]string{"end"}, "End", End, Pane, "to the bottom"},
		{[]string{"enter"}, "enter", Choose, Pane, "look into what is selected"},
		{[]string{"/"}, "/", Filter, Pane, "show only what contains some letters"},

		{[]string{"m"}, "m", Mode, Everywhere, "another way to train; each keeps its place"},
		{[]string{"d"}, "d", Data, Everywhere, "the data: rows, summary, one person’s way into the network"},
		{[]string{"c"}, "c", Compare, Everywhere, "compare the ways to train"},
		{[]string{"C"}, "C", Charts, Everywhere, "charts: loss, ROC, decisions and whom they flip, workers, cost"},
		{[]string{"y"}, "y", Command, Everywhere, "the command that opens this very place, to paste into a shell"},
		{[]string{"a"}, "a", Labs, Everywhere, "labs: attacks and experiments"},
		{[]string{"?"}, "?", Help, Everywhere, "this help"},
		{[]string{"ctrl+p", ":"}, ": ctrl+p", Palette, Everywhere, "the command palette: everything by name"},
		{[]string{"esc"}, "esc", Cancel, Everywhere, "close what is open, cancel what runs"},
		{[]string{"q"}, "q", Leave, Everywhere, "back; from the first screen: quit"},
		{[]string{"ctrl+c"}, "ctrl+c", Quit, Everywhere, "quit at once"},
	}
}

// Find returns the intent of a key in one of the scopes.
func (t Table) Find(name string, scopes ...Scope) (Intent, bool) {
	for _, b := range t {
		if slices.Contains(scopes, b.Scope) && slices.Contains(b.Keys, name) {
			if b.Intent == EyesOf {
				return EyesOf + Intent(name), true
			}
			return b.Intent, true
		}
	}
	return "", false
}

// Show returns how the first key of an intent is written for people.
func (t Table) Show(i Intent) string {
	for _, b := range t {
		if b.Intent == i {
			return b.Show
		}
	}
	return ""
}

// In returns the bindings of a scope.
func (t Table) In(s Scope) Table {
	var out Table
	for _, b := range t {
		if b.Scope == s {
			out = append(out, b)
		}
	}
	return out
}
