package tui

import (
	"testing"

	tea "charm.land/bubbletea/v2"

	"unseen/data"
	"unseen/engine"
	"unseen/engine/trace"
	"unseen/tui/key"
	"unseen/tui/screen"
)

// crowded opens the explorer on a run with 653 owners of a row each, where most is to be
// seen, at 200 × 60.
func crowded(b *testing.B, mode string, start Start) *explorer {
	b.Helper()
	set, err := data.Twin().Encode()
	if err != nil {
		b.Fatal(err)
	}
	scenario := func(mode string) (engine.Scenario, error) {
		s, err := engine.Default(mode, "default")
		s.Seed, s.Fixed, s.Data.Split = 7, true, 1
		s.Learning.Epochs, s.Learning.Rounds = 3, 2
		return s, err
	}
	first, err := scenario(mode)
	if err != nil {
		b.Fatal(err)
	}
	command := func(s engine.Scenario) string { return "unseen explore --mode " + s.Mode }
	r, err := open(Options{Scenario: first, Set: set, For: scenario, Direct: true, Start: start, Command: command})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(r.closeAll)
	e := &explorer{t: b, root: r}
	e.drain(r.Init())
	e.send(tea.WindowSizeMsg{Width: 200, Height: 60})
	return e
}

// Steps at which there is much to see: in the last batch of the first encrypted epoch,
// and between the messages of a server round.
const (
	encryptedStep = 12_000
	secureStep    = 123_000
	serverStep    = 125_100 // the server recovers secrets, and has thousands of objects
)

// BenchmarkView draws the heaviest screens: whole from what they know to the string that
// View returns ("drawn"), which happens when something changed, and View alone, which
// runs after every message.
func BenchmarkView(b *testing.B) {
	deep := trace.Message
	encrypted, secure := Start{Step: encryptedStep, Zoom: &deep}, Start{Step: secureStep, Zoom: &deep}
	for _, c := range []struct {
		name, mode string
		start      Start
		then       []tea.Msg
	}{
		{"stage/encrypted", engine.Encrypted, encrypted, nil},
		{"stage/secure-aggregation", engine.SecureAggregation, secure, nil},
		{"memory/encrypted", engine.Encrypted, encrypted, []tea.Msg{key.NextPane, key.ZoomPane, key.Choose}},
		{"server/secure-aggregation", engine.SecureAggregation, Start{Step: serverStep}, nil},
		{"parties/secure-aggregation", engine.SecureAggregation, secure, []tea.Msg{key.NextPane, key.NextPane, key.ZoomPane}},
		{"eyes/secure-aggregation", engine.SecureAggregation, secure, []tea.Msg{key.EyesOf + "2"}},
		{"wire/encrypted", engine.Encrypted, encrypted, []tea.Msg{key.Wire}},
		{"wire/secure-aggregation", engine.SecureAggregation, secure, []tea.Msg{key.Wire}},
		{"ledger/encrypted", engine.Encrypted, encrypted, []tea.Msg{key.Ledger}},
		{"person/encrypted", engine.Encrypted, encrypted, []tea.Msg{key.Person}},
		{"charts/secure-aggregation", engine.SecureAggregation, secure, []tea.Msg{screen.Open{Name: screen.Charts}}},
		{"data", engine.Federated, Start{}, []tea.Msg{screen.Open{Name: screen.Data}}},
		{"labs", engine.Federated, Start{}, []tea.Msg{screen.Open{Name: screen.Labs}}},
		{"compare", engine.Central, Start{}, []tea.Msg{screen.Open{Name: screen.Compare}}},
		{"help/encrypted", engine.Encrypted, encrypted, []tea.Msg{key.Help}},
		{"palette/encrypted", engine.Encrypted, encrypted, []tea.Msg{key.Palette}},
		{"modes/encrypted", engine.Encrypted, encrypted, []tea.Msg{key.Mode}},
		{"command/encrypted", engine.Encrypted, encrypted, []tea.Msg{key.Command}},
		{"eyes list/encrypted", engine.Encrypted, encrypted, []tea.Msg{key.Eyes}},
		{"breakpoints/encrypted", engine.Encrypted, encrypted, []tea.Msg{key.Breakpoints}},
	} {
		b.Run(c.name, func(b *testing.B) {
			e := crowded(b, c.mode, c.start)
			e.send(c.then...)
			b.Run("drawn", func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					e.fit(e.top())
					e.draw()
					e.View()
				}
			})
			b.Run("view", func(b *testing.B) {
				for b.Loop() {
					e.View()
				}
			})
		})
	}
}
