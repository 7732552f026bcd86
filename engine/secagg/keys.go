package secagg

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strconv"

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

// agree returns what the owner of a private key and the owner of a public one have in
// common (X25519, RFC 7748): each of them finds it from its own private half.
func agree(own *ecdh.PrivateKey, other seed) (seed, error) {
	k, err := ecdh.X25519().NewPublicKey(other[:])
	if err != nil {
		return seed{}, err
	}
	common, err := own.ECDH(k)
	if err != nil {
		return seed{}, fmt.Errorf("a public key that agrees with nobody: %w", err)
	}
	return seed(common), nil
}

// extract makes of a common secret the key from which others expand, the first half of
// HKDF-SHA256 (RFC 5869): it is the same for all purposes.
func extract(common seed) seed {
	out, err := hkdf.Extract(sha256.New, common[:], nil)
	if err != nil {
		panic(err) // only keys that are too short for an approved mode fail
	}
	return seed(out)
}

// expand makes a key for one purpose, the second half.
func expand(extracted seed, purpose string) seed {
	out, err := hkdf.Expand(sha256.New, extracted[:], purpose, 32)
	if err != nil {
		panic(err) // only lengths far above 32 bytes fail
	}
	return seed(out)
}

// pairMask names the purpose of a pair's mask in a server round.
func (r Round) pairMask() string { return fmt.Sprintf("pair mask %d %d", r.Branch, r.Number) }

// inTransit names the purpose of the key under which u's message for v travels.
func (r Round) inTransit(u, v int) string {
	var b [64]byte // without fmt, which would take as long as sealing
	text := strconv.AppendUint(append(b[:0], "shares "...), uint64(r.Branch), 10)
	text = strconv.AppendUint(append(text, ' '), r.Number, 10)
	text = strconv.AppendInt(append(text, ", "...), int64(u), 10)
	text = strconv.AppendInt(append(text, " to "...), int64(v), 10)
	return string(text)
}

// tagWords is what sealing adds, in words.
const tagWords = 2

// sealer makes AES-256-GCM under a key that seals a single message: the nonce may be 0.
func sealer(key seed) cipher.AEAD {
	block, err := aes.NewCipher(key[:])
	if err != nil {
		panic(err) // 32 bytes are a key
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return gcm
}

// seal encrypts words under a key that is used once; out has tagWords more.
func seal(key seed, out, words []uint64) {
	gcm := sealer(key)
	plain := make([]byte, 8*len(words), 8*len(out))
	for i, w := range words {
		binary.LittleEndian.PutUint64(plain[8*i:], w)
	}
	sealed := gcm.Seal(plain[:0], make([]byte, gcm.NonceSize()), plain, nil)
	for i := range out {
		out[i] = binary.LittleEndian.Uint64(sealed[8*i:])
	}
}

// open decrypts what seal made, or says that somebody changed it.
func open(key seed, out, sealed []uint64) error {
	gcm := sealer(key)
	bytes := make([]byte, 8*len(sealed))
	for i, w := range sealed {
		binary.LittleEndian.PutUint64(bytes[8*i:], w)
	}
	plain, err := gcm.Open(bytes[:0], make([]byte, gcm.NonceSize()), bytes, nil)
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
