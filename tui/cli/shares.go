package cli

import (
	"strconv"

	"unseen/engine"
)

// sharesSettings are the flags of computing on secret shares.
func sharesSettings() []setting {
	number := func(name, usage, example string, of func(*engine.SharesSettings) *int) setting {
		return setting{name, "N", usage, nil,
			func(s *engine.Scenario, text string) (err error) {
				if *of(&s.Shares), err = whole("--"+name, text, example); err != nil {
					return err
				}
				return checkShares(*of(&s.Shares), of)
			},
			func(s engine.Scenario) any { return *of(&s.Shares) }}
	}
	choose := func(name, usage string, choices []string, of func(*engine.SharesSettings) *string) setting {
		return setting{name, "HOW", usage + ": " + list(choices), choices,
			func(s *engine.Scenario, text string) error { *of(&s.Shares) = text; return nil },
			func(s engine.Scenario) any { return *of(&s.Shares) }}
	}
	toggle := func(name, usage string, of func(*engine.SharesSettings) *bool) setting {
		return setting{name, boolKind, usage, nil,
			func(s *engine.Scenario, text string) error {
				on, err := strconv.ParseBool(text)
				if err != nil {
					return &engine.SettingError{Setting: "--" + name, Value: quote(text), What: "neither true nor false", Mend: "give --" + name + " or --" + name + "=false"}
				}
				*of(&s.Shares) = on
				return nil
			},
			func(s engine.Scenario) any { return *of(&s.Shares) }}
	}
	security := setting{"security", "HOW", "what holders are trusted to do: semi-honest (follow the protocol)", []string{"semi-honest"},
		func(*engine.Scenario, string) error { return nil }, func(engine.Scenario) any { return "semi-honest" }}
	return []setting{
		number("holders", "how many workers hold shares, 2 to 10", "3", func(s *engine.SharesSettings) *int { return &s.Holders }),
		number("fraction-bits", "fraction bits of shared numbers, 4 to 24", "16", func(s *engine.SharesSettings) *int { return &s.Fraction }),
		choose("truncation", "how products are brought back to the fraction bits", engine.Truncations(), func(s *engine.SharesSettings) *string { return &s.Truncation }),
		choose("softmax", "how softmax is computed on shares", engine.Softmaxes(), func(s *engine.SharesSettings) *string { return &s.Softmax }),
		security,
		toggle("reveal-loss", "open the loss of each batch to the holders", func(s *engine.SharesSettings) *bool { return &s.RevealLoss }),
		toggle("twin", "compare every shared value with the plaintext network's", func(s *engine.SharesSettings) *bool { return &s.Twin }),
		toggle("watch-overflow", "the simulator stops where a number leaves its range", func(s *engine.SharesSettings) *bool { return &s.Watch }),
	}
}

// boolKind marks flags that may stand without a value.
const boolKind = "BOOL"

// checkShares checks one number among settings that are otherwise right.
func checkShares(value int, of func(*engine.SharesSettings) *int) error {
	s := engine.DefaultShares()
	*of(&s) = value
	return s.Check()
}
