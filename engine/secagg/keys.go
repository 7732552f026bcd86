package secagg

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"sync"

	"golang.org/x/crypto/chacha20poly1305"
	"gorgonia.org/tensor"

	"unseen/engine/ring"
	"unseen/engine/share"
)

// seed is 32 secret bytes: a private key, or what masks are expanded from.
type seed = [32]byte

// seedWords is how many words a seed or a key takes in a matrix.
const seedWords = 4

// put writes 32 bytes into four words.
func put(to []uint64, b seed) {
	for i := range seedWords {
		to[i] = binary.LittleEndian.Uint64(b[8*i:])
	}
}

// take reads 32 bytes from four words.
func take(from []uint64) (b seed) {
	for i := range seedWords {
		binary.LittleEndian.PutUint64(b[8*i:], from[i])
	}
	return b
}

// row makes a matrix of one row.
func row(x []uint64) *tensor.Dense { return ring.From(1, len(x), x) }

// word makes a matrix of 32 bytes: 1 × 4.
func word(b seed) *tensor.Dense {
	x := make([]uint64, seedWords)
	put(x, b)
	return row(x)
}

// private reads an X25519 private key.
func private(b seed) *ecdh.PrivateKey {
	k, err := ecdh.X25519().NewPrivateKey(b[:])
	if err != nil {
		panic(err) // 32 bytes are a key
	}
	return k
}

// public returns the public half of a private key.
func public(b seed) seed { return seed(private(b).PublicKey().Bytes()) }

// agree returns a key for one purpose that the owner of a private key and the owner of a
// public one have in common (X25519, RFC 7748, and HKDF-SHA256, RFC 5869): each of them
// finds it from its own private half.
func agree(own *ecdh.PrivateKey, other seed, purpose string) (seed, error) {
	k, err := ecdh.X25519().NewPublicKey(other[:])
	if err != nil {
		return seed{}, err
	}
	common, err := own.ECDH(k)
	if err != nil {
		return seed{}, fmt.Errorf("a public key that agrees with nobody: %w", err)
	}
	key, err := hkdf.Key(sha256.New, common, nil, purpose, len(seed{}))
	return seed(key), err
}

// pairMask names the purpose of a pair's mask in a server round.
func (r Round) pairMask() string { return fmt.Sprintf("pair mask %d %d", r.Branch, r.Number) }

// found is what the simulator finds once and keeps for all of a run, by key. It may be asked
// by several goroutines at once. The zero value is ready.
type found[K comparable, V any] struct {
	mu  sync.Mutex
	all map[K]V
}

// get returns what find finds for a key.
func (f *found[K, V]) get(key K, find func() V) V {
	f.mu.Lock()
	v, known := f.all[key]
	f.mu.Unlock()
	if known {
		return v
	}
	v = find()
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.all == nil {
		f.all = map[K]V{}
	}
	f.all[key] = v
	return v
}

// ends names a channel between two workers, whichever comes first.
func ends(u, v int) uint64 { return uint64(min(u, v))<<32 | uint64(max(u, v)) }

// source names the streams that a party draws from for one purpose.
type source struct {
	party, label string
	branch       uint32
}

// inTransit is the purpose of the key under which shares travel between two workers.
const inTransit = "shares in transit"

// tagWords is what sealing adds, in words.
const tagWords = chacha20poly1305.Overhead / 8

// envelope seals what one worker sends to another, and opens it there: ChaCha20-Poly1305
// (RFC 8439) under the key that follows from their channel keys. Messages are short and each
// pair has a key of its own: AES-256-GCM would take five times as long to expand a key as to
// seal with it. Its buffers are used again; it belongs to one goroutine.
type envelope struct {
	nonce [chacha20poly1305.NonceSize]byte
	bytes []byte
}

// address is the nonce of u's message for v in this round. A key seals one message for
// each branch, round and direction, so that none is ever used twice with the same nonce.
func (e *envelope) address(r Round, u, v int) []byte {
	direction := uint64(0)
	if u > v {
		direction = 1
	}
	binary.BigEndian.PutUint32(e.nonce[:4], r.Branch)
	binary.BigEndian.PutUint64(e.nonce[4:], 2*r.Number+direction)
	return e.nonce[:]
}

// room returns a buffer for so many words.
func (e *envelope) room(words int) []byte {
	e.bytes = slices.Grow(e.bytes[:0], 8*words)
	return e.bytes[:8*words]
}

// cipherOf makes the cipher of a key.
func cipherOf(key seed) cipher.AEAD {
	c, err := chacha20poly1305.New(key[:])
	if err != nil {
		panic(err) // 32 bytes are a key
	}
	return c
}

// seal encrypts u's words for v; out has tagWords more.
func (e *envelope) seal(key seed, r Round, u, v int, out, words []uint64) {
	plain := e.room(len(out))[:8*len(words)]
	for i, w := range words {
		binary.LittleEndian.PutUint64(plain[8*i:], w)
	}
	sealed := cipherOf(key).Seal(plain[:0], e.address(r, u, v), plain, nil)
	for i := range out {
		out[i] = binary.LittleEndian.Uint64(sealed[8*i:])
	}
}

// open decrypts what seal made, or says that somebody changed it.
func (e *envelope) open(key seed, r Round, u, v int, out, sealed []uint64) error {
	bytes := e.room(len(sealed))
	for i, w := range sealed {
		binary.LittleEndian.PutUint64(bytes[8*i:], w)
	}
	plain, err := cipherOf(key).Open(bytes[:0], e.address(r, u, v), bytes, nil)
	if err != nil {
		return fmt.Errorf("a sealed message was changed on its way: %w", err)
	}
	for i := range out {
		out[i] = binary.LittleEndian.Uint64(plain[8*i:])
	}
	return nil
}

// expander expands seeds into masks; its buffer is used again.
type expander struct {
	q   Quantiser
	raw []byte
}

// expander takes an expander from the pool; who is ready with it puts it back.
func (p *Protocol) expander() *expander {
	if e, ok := p.expanders.Get().(*expander); ok {
		return e
	}
	return &expander{q: p.Quantiser}
}

// add adds PRG(s) to y, or with minus takes it off, all in the ring. PRG is AES-256
// in counter mode under s, which masks one vector and no other: 4 bytes for each
// element of a ring of up to 32 bits, 8 else, of which the upper bits are dropped.
func (e *expander) add(y []uint64, s seed, minus bool) {
	size := 8
	if e.q.Bits <= 32 {
		size = 4
	}
	if len(e.raw) < size*len(y) {
		e.raw = make([]byte, size*len(y))
	}
	raw := e.raw[:size*len(y)]
	clear(raw)
	block, err := aes.NewCipher(s[:])
	if err != nil {
		panic(err) // 32 bytes are a key
	}
	cipher.NewCTR(block, make([]byte, aes.BlockSize)).XORKeyStream(raw, raw)
	mask := e.q.mask()
	for i := range y {
		var m uint64
		if size == 4 {
			m = uint64(binary.LittleEndian.Uint32(raw[4*i:]))
		} else {
			m = binary.LittleEndian.Uint64(raw[8*i:])
		}
		if minus {
			m = -m
		}
		y[i] = (y[i] + m) & mask
	}
}

// shareWords is the size of a share of a 32-byte secret, in words.
const shareWords = len(share.SeedShare{})
