package say

import (
	"fmt"
	"math/bits"
	"strconv"

	"unseen/engine"
	"unseen/engine/trace"
)

// comparison works out how the bits of c and r give the sign of one number, for the
// eyes that see everything: no party knows r.
func (s Scene) comparison(t *Telling, m moment, at Cell) {
	if m.inner != "relu" || m.part != "forward" || m.Kind == trace.Sent || s.eyed() {
		return
	}
	cv, okC := s.held("c")
	rv, okR := s.held("r")
	if !okC || !okR || cv.Form != trace.Opened || !cv.Parts[0].Data.Shape().Eq(rv.Parts[0].Data.Shape()) {
		return
	}
	i := inside(at, cv.Parts[0].Data)
	k := i.Row*cv.Parts[0].Data.Shape()[1] + i.Col
	c, r := engine.Decode(cv).Word(k), engine.Decode(rv).Word(k)
	c -= 1 << 62 // the same opening serves the truncation
	low := uint64(1)<<63 - 1
	differ := (c ^ r) & low
	t.Work = append(t.Work, "c  "+digits(c)+"  without the 2^62", "r  "+digits(r)+"  the dealer’s")
	less, word := c&low < r&low, "no digit differs"
	if differ != 0 {
		digit := (bits.LeadingZeros64(differ)) / 4
		sign := ">"
		if less {
			sign = "<"
		}
		word = fmt.Sprintf("first different digit: the %s, %s %s %s", nth(digit+1), hexDigit(c&low, digit), sign, hexDigit(r&low, digit))
	}
	borrow := uint64(0)
	if less {
		borrow = 1
	}
	sign := c>>63 ^ r>>63 ^ borrow
	what := "so c − r"
	if of := m.hides(); of != "" {
		what = "so −" + of
	}
	t.Work = append(t.Work, word, fmt.Sprintf("top bits %d ⊕ %d, c < r below them: %d; %s %s", c>>63, r>>63, borrow, what, [2]string{"is not negative", "is negative"}[sign]))
}

func hexDigit(x uint64, i int) string { return fmt.Sprintf("%x", x>>(60-4*i)&15) }

// digits writes an element of the ring in groups of four digits of four bits.
func digits(x uint64) string {
	hex := fmt.Sprintf("%016x", x)
	return hex[:4] + " " + hex[4:8] + " " + hex[8:12] + " " + hex[12:]
}

func nth(n int) string {
	switch {
	case n%10 == 1 && n != 11:
		return strconv.Itoa(n) + "st"
	case n%10 == 2 && n != 12:
		return strconv.Itoa(n) + "nd"
	case n%10 == 3 && n != 13:
		return strconv.Itoa(n) + "rd"
	}
	return strconv.Itoa(n) + "th"
}
