package account

import (
	"context"
	_ "embed"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"
	"golang.org/x/text/unicode/norm"

	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// Bounds of a password in characters, after NIST SP 800-63B-4 section 3.1.1: length is what counts, any character is
// allowed, nothing is cut off.
const (
	minPassword = 12
	maxPassword = 128
)

// HashCost is what one password hash costs: memory in KiB, passes over it, and threads.
type HashCost struct {
	Memory, Passes uint32
	Threads        uint8
}

// defaultHashCost is OWASP's recommendation for argon2id with the least memory that it names: a task has 1 GB.
var defaultHashCost = HashCost{Memory: 19 << 10, Passes: 2, Threads: 1}

// hashesAtOnce bounds the memory and the processors that sign-ins may take from everything else.
const hashesAtOnce = 2

func (c HashCost) make(password string) (string, error) {
	hash, err := argon2id.CreateHash(password, &argon2id.Params{
		Memory: c.Memory, Iterations: c.Passes, Parallelism: c.Threads, SaltLength: 16, KeyLength: 32,
	})
	if err != nil {
		return "", fmt.Errorf("hash a password: %w", err)
	}
	return hash, nil
}

func (s *Store) hash(ctx context.Context, password string) (string, error) {
	if err := s.hashing.Acquire(ctx, 1); err != nil {
		return "", fmt.Errorf("wait to hash a password: %w", err)
	}
	defer s.hashing.Release(1)
	return s.config.Hash.make(norm.NFC.String(password))
}

// verify compares at the same cost whether there is a hash or not.
func (s *Store) verify(ctx context.Context, password, hash string) (bool, error) {
	if err := s.hashing.Acquire(ctx, 1); err != nil {
		return false, fmt.Errorf("wait to compare a password: %w", err)
	}
	defer s.hashing.Release(1)
	against := hash
	if against == "" {
		against = s.dummy
	}
	same, err := argon2id.ComparePasswordAndHash(norm.NFC.String(password), against)
	if err != nil {
		return false, fmt.Errorf("compare a password: %w", err)
	}
	return same && hash != "", nil
}

//go:embed common_words.txt
var commonText string

// common are the words that most leaked passwords consist of.
var common = func() map[string]bool {
	words := map[string]bool{}
	for word := range strings.FieldsSeq(commonText) {
		words[word] = true
	}
	return words
}()

// CheckPassword says what is wrong with a new password; nil: nothing. About holds words that an attacker who knows the
// person tries first: their name, their address. The path is the field's.
func CheckPassword(path, password string, about ...string) *problem.Fault {
	n := utf8.RuneCountInString(norm.NFC.String(password))
	switch {
	case n < minPassword:
		return &problem.Fault{Path: path, Code: "too_short", Message: fmt.Sprintf("it has %d characters; use at least %d, such as four words", n, minPassword)}
	case n > maxPassword:
		return &problem.Fault{Path: path, Code: "too_long", Message: fmt.Sprintf("it has more than %d characters", maxPassword)}
	case guessable(password, about):
		return &problem.Fault{Path: path, Code: "common", Message: "it is made of what attackers try first: common words, sequences, or your own name and address; use several unrelated words"}
	}
	return nil
}

// guessable takes common words, names and sequences out of the folded password and looks whether enough is left.
func guessable(password string, about []string) bool {
	plain := strings.ToLower(norm.NFKC.String(password))
	// Digits and signs at the ends are what people add to a word to please a rule; those within stand for letters.
	core := strings.TrimFunc(plain, func(r rune) bool { return !unicode.IsLetter(r) })
	if runs(plain) || runs(fold(plain)) {
		return true
	}
	words := map[string]bool{"threatwerk": true}
	for _, text := range about {
		for _, word := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			if utf8.RuneCountInString(word) >= 3 {
				words[word], words[fold(word)] = true, true
			}
		}
	}
	// Three different words of the list are a passphrase; one or two, however often and with whatever digits, are not.
	used := map[string]bool{}
	left := 0
	for rest := letters(fold(core)); rest != ""; {
		word := longestPrefix(rest, words)
		if word == "" {
			_, size := utf8.DecodeRuneInString(rest)
			rest, left = rest[size:], left+1
			continue
		}
		used[word], rest = true, rest[len(word):]
	}
	return left < 5 && len(used) <= 2
}

// longestPrefix finds the longest known word that a text begins with.
func longestPrefix(text string, more map[string]bool) string {
	for end := min(len(text), 24); end >= 3; end-- {
		if common[text[:end]] || more[text[:end]] {
			return text[:end]
		}
	}
	return ""
}

// fold undoes the usual disguises.
func fold(s string) string {
	return strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t", "@", "a", "$", "s", "!", "i").
		Replace(strings.ToLower(norm.NFKC.String(s)))
}

func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return r
		}
		return -1
	}, s)
}

// runs reports whether a text is one short piece over and over, or few characters, or steps of one.
func runs(s string) bool {
	runes := []rune(s)
	distinct := map[rune]bool{}
	steps := 0
	for i, r := range runes {
		distinct[r] = true
		if i > 0 && (r-runes[i-1] == 1 || runes[i-1]-r == 1 || r == runes[i-1]) {
			steps++
		}
	}
	return len(distinct) <= 4 || steps*4 >= len(runes)*3
}

// errPassword is what a wrong password and an unknown account are both told.
func errPassword() error {
	return problem.New(problem.Unauthenticated, "The address or the password is wrong.")
}

// refused makes a problem of faults of one form; nil where there are none.
func refused(message string, faults ...*problem.Fault) error {
	e := problem.New(problem.Invalid, "%s", message)
	for _, f := range faults {
		if f != nil {
			e = e.With(*f)
		}
	}
	if len(e.Faults) == 0 {
		return nil
	}
	return e
}
