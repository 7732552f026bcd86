// Package rng draws the random numbers of a run.
//
// Every random value is a function of a key, a label, a branch and a counter:
// there is no generator whose state somebody must carry along, so any point of
// a run can be reached again without replaying what was drawn before it. In the
// simulator the keys of all parties derive from one root; a party's key lets
// nobody derive another's (HKDF-SHA256, RFC 5869). A stream is AES-256 in
// counter mode under a key of its own.
//
// A root made from a number ([Seeded]) is for teaching and tests: whoever knows
// the number knows every secret. Runs that begin with one say so.
package rng

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"unsafe"
)

// Key is a secret from which streams and further keys derive.
type Key [32]byte

// Seeded returns the root key that belongs to a number, always the same.
func Seeded(seed uint64) Key {
	var secret [8]byte
	binary.BigEndian.PutUint64(secret[:], seed)
	return derive(secret[:], "unseen root")
}

// Seed draws a number for [Seeded] from the operating system. It stays below
// 2^53, so that it survives any JSON reader and can be typed in again.
func Seed() uint64 {
	var b [8]byte
	rand.Read(b[:]) // never fails: crypto/rand ends the program if the system has no randomness
	return binary.BigEndian.Uint64(b[:]) >> 11
}

// Party returns the key of one party.
func (k Key) Party(id string) Key { return derive(k[:], "party "+id) }

// Stream returns the random stream of a label, a branch and a counter. Distinct
// triples give independent streams; equal ones give the same stream again. The
// branch is 0 until a run departs from its past (an edited value, a worker taken
// away after a step back), so that no mask ever meets two values.
func (k Key) Stream(label string, branch uint32, counter uint64) *Stream {
	return k.Streams(label, branch).At(counter)
}

// Streams are the random streams of one key, label and branch: the key schedule is
// made once for all counters.
type Streams struct {
	block cipher.Block
}

// Streams prepares the streams of a label and a branch.
func (k Key) Streams(label string, branch uint32) Streams {
	key := derive(k[:], fmt.Sprintf("stream %s %d", label, branch))
	block, err := aes.NewCipher(key[:])
	if err != nil {
		panic(err) // only a wrong key length: impossible for a Key
	}
	return Streams{block}
}

// At returns the stream of a counter.
func (s Streams) At(counter uint64) *Stream {
	var iv [aes.BlockSize]byte
	binary.BigEndian.PutUint64(iv[:8], counter) // the lower 8 bytes count blocks
	return &Stream{ctr: cipher.NewCTR(s.block, iv[:])}
}

func derive(secret []byte, info string) Key {
	out, err := hkdf.Key(sha256.New, secret, nil, info, len(Key{}))
	if err != nil {
		panic(err) // only lengths far above 32 bytes fail
	}
	return Key(out)
}

// Stream is a sequence of uniform bits. It implements rand.Source of
// math/rand/v2 and io.Reader. A stream belongs to one goroutine.
type Stream struct {
	ctr  cipher.Stream
	buf  []byte // made when the first word is asked for: who fills whole slices needs none
	left int    // unread bytes at the end of buf
}

// Uint64 returns the next 64 bits.
func (s *Stream) Uint64() uint64 {
	if s.left < 8 {
		if s.buf == nil {
			s.buf = make([]byte, 512)
		}
		clear(s.buf)
		s.ctr.XORKeyStream(s.buf, s.buf)
		s.left = len(s.buf)
	}
	x := binary.LittleEndian.Uint64(s.buf[len(s.buf)-s.left:])
	s.left -= 8
	return x
}

// Fill fills x with random words, the same that as many calls of
// [Stream.Uint64] give, at the speed of the cipher.
func (s *Stream) Fill(x []uint64) {
	for len(x) > 0 && s.left >= 8 {
		x[0] = s.Uint64()
		x = x[1:]
	}
	if len(x) == 0 {
		return
	}
	raw := unsafe.Slice((*byte)(unsafe.Pointer(&x[0])), 8*len(x))
	clear(x)
	s.ctr.XORKeyStream(raw, raw)
	if littleEndian {
		return
	}
	for i := range x {
		x[i] = binary.LittleEndian.Uint64(raw[8*i:])
	}
}

// littleEndian says whether words in memory are already in the stream's order.
var littleEndian = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

// Read fills p with random bytes. It never fails.
func (s *Stream) Read(p []byte) (int, error) {
	clear(p)
	n := copy(p, s.buf[len(s.buf)-s.left:])
	s.left -= n
	s.ctr.XORKeyStream(p[n:], p[n:])
	return len(p), nil
}
