package say

import (
	"strconv"
	"strings"

	"unseen/engine"
)

// Sign is what a party is called by in one letter, and chosen by with the key of that
// letter: its number; S for the server and D for the dealer, for 0 means everything.
func Sign(p engine.PartyImage) string {
	switch {
	case p.Number > 0:
		return strconv.Itoa(p.Number)
	case p.Role == "":
		return ""
	}
	return strings.ToUpper(p.Role[:1])
}

// Mark is the number of the glyph and the colour a party is drawn with: those of the
// dealer are not the server’s.
func Mark(p engine.PartyImage) int {
	if p.Role == "dealer" {
		return dealerMark
	}
	return p.Number
}

const dealerMark = -1
