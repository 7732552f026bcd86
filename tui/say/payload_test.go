package say

import (
	"testing"

	"gorgonia.org/tensor"

	"unseen/engine"
	"unseen/engine/trace"
)

func elements(name string, form trace.Form, rows int, x ...uint64) trace.Value {
	data := tensor.New(tensor.WithShape(rows, len(x)/rows), tensor.WithBacking(x))
	return trace.Value{Name: name, Form: form, Parts: []trace.Part{{Party: "A", Data: data}}}
}

func packed(n int, v trace.Value) trace.Value {
	v.Packed = n
	return v
}

// The fields of a message fill its bytes: small numbers are packed, others have 8 bytes.
func TestFieldsFillTheMessage(t *testing.T) {
	long := uint64(0x0102030405060708)
	for _, c := range []struct {
		name   string
		values []trace.Value
		bytes  int
		bits   []int
		all    []byte
	}{
		{"words", []trace.Value{elements("seed of row", trace.Plain, 1, long)}, 8, []int{64}, []byte{8, 7, 6, 5, 4, 3, 2, 1}},
		{"flags before words", []trace.Value{elements("shared", trace.Plain, 1, 1, 0, 1, 1, 0, 0, 0, 0, 1), elements("sealed", trace.Plain, 1, long)}, 10, []int{1, 64},
			[]byte{0b1101, 1, 8, 7, 6, 5, 4, 3, 2, 1}},
		{"two lists of flags", []trace.Value{elements("delivered", trace.Plain, 1, 1, 0, 1), elements("gone", trace.Plain, 1, 0, 1, 0)}, 2, []int{1, 1}, []byte{0b101, 0b010}},
		{"a ring of 12 bits", []trace.Value{elements("A y", trace.Share, 1, 0xabc, 0x123, 0xfff)}, 5, []int{12}, []byte{0xbc, 0x3a, 0x12, 0xff, 0x0f}},
		{"rows of 3 bits", []trace.Value{packed(3, elements("δ", trace.Share, 4, 0b101, 0b010, 0b111, 0b001))}, 2, []int{1}, []byte{0b11010101, 0b0011}},
		{"small numbers in 8 bytes", []trace.Value{elements("neighbours", trace.Plain, 1, 1, 0)}, 16, []int{64}, make([]byte, 16)},
	} {
		fields := Payload(&trace.Event{Outputs: c.values}, c.bytes)
		at, all := 0, []byte(nil)
		for i, f := range fields {
			if f.Bits != c.bits[i] || f.At != at {
				t.Errorf("%s: field %d has %d bits at byte %d, want %d at %d", c.name, i, f.Bits, f.At, c.bits[i], at)
			}
			at += f.Size()
			for k := range f.Size() {
				all = append(all, f.Byte(k))
			}
		}
		if c.all[len(c.all)-1] == 0 { // 1, 0 as numbers of 8 bytes
			c.all[0] = 1
		}
		if at != c.bytes || string(all) != string(c.all) {
			t.Errorf("%s: % x, want % x", c.name, all, c.all)
		}
	}
}

// What is uniform is not shown as if it were a number; what is opened as a result is.
func TestMaskedValuesAreNotReadAsNumbers(t *testing.T) {
	real := elements("x", trace.Opened, 1, 3<<15)
	real.Fraction = 16
	masked := elements("d", trace.Opened, 1, 3<<15)
	masked.Fraction = 16
	for want, v := range map[string]trace.Value{
		"1.5000": real, "masked": masked,
		"noise": elements("c of A", trace.Share, 1, 7), "seed": elements("seed of row of A", trace.Plain, 1, 7),
		"key": elements("key of the dealer", trace.Plain, 1, 1<<60), "7": elements("neighbours", trace.Plain, 1, 7),
		"sealed": elements("A sealed", trace.Share, 1, 7),
	} {
		f := Payload(&trace.Event{Outputs: []trace.Value{v}}, 8)[0]
		if got := f.Read(0, 8, len(want)); got != want {
			t.Errorf("%s (%s) is read as %q, want %q", v.Name, f.Kind(engine.Encrypted), got, want)
		}
	}
}
