package trace

import (
	"encoding/binary"
	"math"
	"strings"
	"testing"

	"github.com/cespare/xxhash/v2"
	"gorgonia.org/tensor"
)

// What is put together before it is hashed makes the same digest as all of it in one
// piece, however long names and numbers are.
func TestDigestsAreOfAllBytesInOrder(t *testing.T) {
	for size := range 200 {
		numbers, words := make([]float64, size+1), make([]uint64, size+1)
		for i := range numbers {
			numbers[i], words[i] = float64(i)/3, uint64(i)<<40
		}
		name := strings.Repeat("ab", 5*size)
		e := &Event{Step: size, Kind: Sent, Bytes: 8, Party: "Ann", To: "server", Why: name,
			Path: []Scope{{Level: Epoch, Name: "epoch", Index: 1}, {Level: Message, Name: "send", Part: "forward"}},
			Outputs: []Value{
				{Name: name, Parts: []Part{{"server", tensor.New(tensor.WithShape(1, size+1), tensor.WithBacking(numbers))}}},
				{Name: "z", Parts: []Part{{"Ann", tensor.New(tensor.WithShape(size+1, 1), tensor.WithBacking(words))}}},
			}}
		var all []byte
		number := func(x ...uint64) {
			for _, x := range x {
				all = binary.LittleEndian.AppendUint64(all, x)
			}
		}
		text := func(s string) { all = append(all, s...) }
		number(7, uint64(size), uint64(Sent)<<32|8, uint64(Epoch)<<56|1)
		text("epoch")
		number(uint64(Message) << 56)
		text("sendforward" + "Ann" + "server" + name + name + "server")
		number(1, uint64(size+1))
		for _, x := range numbers {
			all = binary.NativeEndian.AppendUint64(all, math.Float64bits(x))
		}
		text("z" + "Ann")
		number(uint64(size+1), 1)
		for _, x := range words {
			all = binary.NativeEndian.AppendUint64(all, x)
		}
		if got, want := Digest(7).Next(e), Digest(xxhash.Sum64(all)); got != want {
			t.Fatalf("%d numbers: %x, want %x", size, got, want)
		}
		if n := testing.AllocsPerRun(10, func() { Digest(7).Next(e) }); n > 0 {
			t.Fatalf("%d numbers: a digest allocates %v times", size, n)
		}
	}
}
