package share

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"testing"
)

// Whatever shares arrive, from whomever: reconstructing a secret answers or refuses,
// never both; what it answers is, chunk by chunk, what these shares add up to, and is a
// secret that can be shared again.
func FuzzReconstructSeed(f *testing.F) {
	f.Add([]byte{}, uint64(1))
	f.Add(bytes.Repeat([]byte{0xff}, 3*(1+8*chunks)), uint64(2))
	honest, err := SplitSeed([32]byte{1, 2, 3, 31: 9}, 2, 3, rand.NewPCG(1, 2))
	if err != nil {
		f.Fatal(err)
	}
	var message []byte
	for i, s := range honest {
		message = append(message, byte(i))
		for _, v := range s {
			message = binary.LittleEndian.AppendUint64(message, v)
		}
	}
	f.Add(message, uint64(3))
	f.Fuzz(func(t *testing.T, message []byte, seed uint64) {
		var party []int
		var shares []SeedShare
		for size := 1 + 8*chunks; len(message) >= size && len(shares) < 10; message = message[size:] {
			var s SeedShare
			for c := range s {
				s[c] = binary.LittleEndian.Uint64(message[1+8*c:])
			}
			party, shares = append(party, int(int8(message[0]))), append(shares, s)
		}
		secret, err := ReconstructSeed(party, shares)
		if err != nil {
			if secret != [32]byte{} {
				t.Errorf("an error (%v) comes with a secret", err)
			}
			return
		}
		// Any threshold up to the number of shares splits and gives the secret back.
		n := len(shares)
		again, err := SplitSeed(secret, n, n, rand.NewPCG(seed, 0))
		if err != nil {
			t.Fatal(err)
		}
		all := make([]int, n)
		for i := range all {
			all[i] = i
		}
		if back, err := ReconstructSeed(all, again); err != nil || back != secret {
			t.Errorf("split and put together again: %x (%v), want %x", back, err, secret)
		}
		for c := range chunks {
			values := make([]uint64, n)
			for i, s := range shares {
				values[i] = s[c]
			}
			at0, err := Default().Reconstruct(party, values)
			if err != nil || at0 != chunk(secret, c) {
				t.Errorf("chunk %d: %d (%v), want %d", c, at0, err, chunk(secret, c))
			}
		}
	})
}
