package httpapi

import (
	"hash/maphash"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/threatwerk/threatwerk/handlers/session"
)

// known remembers for a short while whom a credential was found to belong to, so that limits count people and tokens without asking
// the database. It holds keyed hashes, no secrets, and names only whom the gate let in: who makes credentials up counts by
// address, and so does the first request of each with this process.
type known struct {
	cookies session.Cookies
	now     func() time.Time
	seed    maphash.Seed

	mu         sync.Mutex
	young, old map[uint64]string
	turned     time.Time
}

const (
	// knownLife is how long a name is remembered at least; twice that at most.
	knownLife = 10 * time.Minute
	// knownCallers bounds each of the two halves; beyond it the older half goes earlier.
	knownCallers = 50_000
)

func newKnown(cookies session.Cookies, now func() time.Time) *known {
	return &known{cookies: cookies, now: now, seed: maphash.MakeSeed(), young: map[uint64]string{}, turned: now()}
}

// caller names who sends a request, such as "person 3" or "token 7"; empty: nobody who is remembered.
func (k *known) caller(r *http.Request) string {
	if header := r.Header.Get("Authorization"); header != "" {
		_, token, _ := strings.Cut(header, " ")
		return k.find(strings.TrimSpace(token))
	}
	return k.find(k.cookies.Of(r))
}

func (k *known) find(credential string) string {
	if credential == "" {
		return ""
	}
	hash := maphash.String(k.seed, credential)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.turn()
	if name := k.young[hash]; name != "" {
		return name
	}
	return k.old[hash]
}

func (k *known) remember(credential, name string) {
	if k == nil || credential == "" {
		return
	}
	hash := maphash.String(k.seed, credential)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.turn()
	k.young[hash] = name
}

// forget is for a credential that serves no more: whoever goes on using it is a stranger.
func (k *known) forget(credential string) {
	if k == nil || credential == "" {
		return
	}
	hash := maphash.String(k.seed, credential)
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.young, hash)
	delete(k.old, hash)
}

// turn lets the older half go when its time is over or the younger one is full.
func (k *known) turn() {
	now := k.now()
	if age := now.Sub(k.turned); age > 2*knownLife {
		k.young = map[uint64]string{}
	} else if age < knownLife && len(k.young) < knownCallers {
		return
	}
	k.young, k.old, k.turned = map[uint64]string{}, k.young, now
}
