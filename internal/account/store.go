package account

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/semaphore"

	"github.com/threatwerk/threatwerk/internal/platform/pg"
)

// Mail is a message to a person. Kind names the template; Link holds a one-time secret and belongs into the mail alone.
type Mail struct {
	To   string
	Kind string // invitation, verify, reset, have_account
	Name string // whom it addresses
	Link string
	// Expires is when the link ends: afterwards the message need not arrive.
	Expires time.Time
}

// Mailer hands a message over in the transaction that is the reason for it.
type Mailer interface {
	QueueMail(ctx context.Context, tx pgx.Tx, m Mail) error
}

// Sealer encrypts what must be read again, such as the secrets of one-time codes, bound to the record that it belongs to.
type Sealer interface {
	Seal(plain []byte, identity string) ([]byte, error)
	Open(sealed []byte, identity string) (plain []byte, stale bool, err error)
}

// Config is what the domain needs of its surroundings.
type Config struct {
	// Secret signs cookies; another one ends every session. At least 32 bytes.
	Secret []byte
	// AppURL is where people reach the page, without a slash at its end.
	AppURL string
	// Mail is nil where no mail can be sent: links are then given from hand to hand.
	Mail Mailer
	// Seal is nil where nothing can be sealed: one-time codes are then not offered.
	Seal Sealer
	// Seat says whether one more person may have an account when taken have one, in words for an admin; nil: any number may.
	Seat func(taken int) error
	// SignOn is nil where there is no single sign-on. It needs Seal.
	SignOn SignOn
	// Now is the clock; nil: the system's.
	Now func() time.Time
	// Hash says what a password hash costs; the zero value is what production uses.
	Hash HashCost
}

// Store keeps accounts. It is the only writer of their tables.
type Store struct {
	db      pg.DB
	config  Config
	keys    keys
	now     func() time.Time
	hashing *semaphore.Weighted
	party   *webauthn.WebAuthn // nil: no passkeys at this address
	dummy   string             // hash that passwords of unknown accounts are compared with
}

// keys are made from the one secret, each for one purpose.
type keys struct{ session, device, throttle []byte }

// NewStore makes a store on a pool.
func NewStore(db pg.DB, c Config) (*Store, error) {
	s := &Store{db: db, config: c, now: c.Now, hashing: semaphore.NewWeighted(hashesAtOnce)}
	if s.now == nil {
		s.now = time.Now
	}
	if s.config.Hash == (HashCost{}) {
		s.config.Hash = defaultHashCost
	}
	for purpose, key := range map[string]*[]byte{
		"session": &s.keys.session, "device": &s.keys.device, "throttle": &s.keys.throttle,
	} {
		derived, err := hkdf.Key(sha256.New, c.Secret, nil, "threatwerk "+purpose, 32)
		if err != nil {
			return nil, fmt.Errorf("derive the key of %s: %w", purpose, err)
		}
		*key = derived
	}
	dummy, err := s.config.Hash.make(randomText(16))
	if err != nil {
		return nil, err
	}
	s.dummy = dummy
	if s.party, err = relyingParty(c.AppURL); err != nil {
		return nil, err
	}
	return s, nil
}

// CanMail reports whether messages reach people.
func (s *Store) CanMail() bool { return s.config.Mail != nil }

// Secure reports whether people reach the page over TLS, so that cookies may ask for it.
func (s *Store) Secure() bool { return strings.HasPrefix(s.config.AppURL, "https://") }

// Page is the address of a path of the page.
func (s *Store) Page(path string) string { return strings.TrimSuffix(s.config.AppURL, "/") + path }

// link is an address within the page. A secret goes into the fragment, which no server and no log sees.
func (s *Store) link(place, secret string) string {
	return s.Page("/"+place) + "#" + url.QueryEscape(secret)
}

// Database is what the store works on, for records that no domain writes.
func (s *Store) Database() pg.DB { return s.db }
