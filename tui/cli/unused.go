package cli

import (
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"unseen/engine"
)

// unused lists the flags that a way to train has no use for.
func unused(mode string) []string {
	secure := []string{"aggregation", "neighbours", "threshold", "drop"}
	shares := []string{"holders", "fraction-bits", "truncation", "softmax", "security", "reveal-loss", "twin", "watch-overflow"}
	rounds := []string{"rounds", "local-epochs"}
	switch mode {
	case engine.Central:
		return slices.Concat([]string{"workers", "skew"}, rounds, secure, shares)
	case engine.Federated:
		return slices.Concat(rounds, secure, shares)
	case engine.Aggregated:
		return slices.Concat([]string{"epochs"}, secure, shares)
	case engine.SecureAggregation:
		return append([]string{"epochs"}, shares...)
	case engine.Encrypted:
		return slices.Concat(rounds, secure)
	}
	return nil
}

// note says which of the given flags a command has no use for.
func (a *app) note(c *cobra.Command, unused ...string) {
	for _, name := range unused {
		if c.Flags().Changed(name) {
			instead := ""
			if name == "mode" {
				instead = "; --modes chooses the ways to train"
			}
			a.say("note: %s does not use --%s%s", c.CommandPath(), name, instead)
		}
	}
}

// unusedPrivate lists the flags that a run has no use for because it is private, or
// because it is not.
func unusedPrivate(s engine.Scenario) []string {
	switch {
	case s.Privacy.DP == engine.NoNoise:
		return []string{"delta"}
	case s.Mode == engine.Central:
		return []string{"order"}
	}
	return nil
}

// noteModes says which of the given flags do nothing in these ways to train.
func (a *app) noteModes(f *pflag.FlagSet, scenarios ...engine.Scenario) {
	a.noteModesBut(f, nil, scenarios...)
}

// noteModesBut is noteModes where the command itself uses some of the flags.
func (a *app) noteModesBut(f *pflag.FlagSet, used []string, scenarios ...engine.Scenario) {
	f.VisitAll(func(flag *pflag.Flag) {
		if !flag.Changed || slices.Contains(used, flag.Name) {
			return
		}
		var without []string
		for _, s := range scenarios {
			if slices.Contains(unused(s.Mode), flag.Name) {
				without = append(without, s.Mode)
			}
		}
		if len(without) > 0 {
			a.say("note: --%s is not used in %s", flag.Name, list(without))
		}
		switch {
		case slices.ContainsFunc(scenarios, func(s engine.Scenario) bool { return !slices.Contains(unusedPrivate(s), flag.Name) }):
		case flag.Name == "delta":
			a.say("note: --delta is not used while --dp is off")
		default:
			a.say("note: --order is not used in private central training: the rows of a batch are drawn by chance")
		}
		if flag.Name == "watch-overflow" && slices.ContainsFunc(scenarios, unwatched) {
			a.say("note: --watch-overflow=false: a number that leaves its range becomes a wrong one, and nothing says so")
		}
		if flag.Name == "skew" && len(without) < len(scenarios) && scenarios[0].Data.Workers == 0 {
			a.say("note: --skew changes nothing while every worker has one row; give --workers")
		}
	})
}

// unwatched reports whether numbers on shares leave their range unseen.
func unwatched(s engine.Scenario) bool { return s.Mode == engine.Encrypted && !s.Shares.Watch }

// unusedSeed accepts --seed in a command that draws nothing.
func unusedSeed(f *pflag.FlagSet) {
	f.Var(&value{kind: "N", check: func(text string) error { _, err := parseSeed(text); return err }}, "seed", "")
	f.Lookup("seed").Hidden = true
}

// hide leaves flags out of the help of a command that accepts them only.
func hide(f *pflag.FlagSet, names ...string) {
	for _, name := range names {
		f.Lookup(name).Hidden = true
	}
}
