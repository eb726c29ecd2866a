package poll

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
	"github.com/threatwerk/threatwerk/internal/platform/seal"
)

// Keys are the services' API keys: those that people entered, kept sealed, and behind them those of the environment.
type Keys struct {
	store   *intel.Store
	sealer  *seal.Sealer
	given   map[string]string
	sources Sources
	now     func() time.Time
}

// NewKeys makes the keys. A nil sealer (no ENCRYPTION_KEY) keeps people from entering any; given are keys by feed that
// the environment or the secret holds.
func NewKeys(store *intel.Store, sealer *seal.Sealer, given map[string]string, sources Sources) *Keys {
	return &Keys{store: store, sealer: sealer, given: given, sources: sources, now: time.Now}
}

// Where a key comes from.
const (
	FromNowhere     = "none"
	FromPeople      = "entered"
	FromEnvironment = "environment"
)

// KeyStatus is what people may see of a key.
type KeyStatus struct {
	From      string
	Hint      string // "…1a2b"
	UpdatedAt *time.Time
	TestedAt  *time.Time
	// Unreadable: it was sealed with another ENCRYPTION_KEY and has to be entered again.
	Unreadable bool
}

// Key gives the key to poll a feed with; empty when there is none. One that cannot be opened counts as none: the feed's
// status says so.
func (k *Keys) Key(ctx context.Context, feed string) (string, error) {
	stored, err := k.store.Keys(ctx)
	if err != nil {
		return "", err
	}
	for _, s := range stored {
		if s.Feed == feed && k.sealer != nil {
			if plain, _, err := k.sealer.Open(s.Sealed, identity(feed)); err == nil {
				return string(plain), nil
			}
		}
	}
	return k.given[feed], nil
}

// Status tells of every feed's key.
func (k *Keys) Status(ctx context.Context) (map[string]KeyStatus, error) {
	stored, err := k.store.Keys(ctx)
	if err != nil {
		return nil, err
	}
	out := map[string]KeyStatus{}
	for feed, key := range k.given {
		if key != "" {
			out[feed] = KeyStatus{From: FromEnvironment, Hint: seal.Mask(key)}
		}
	}
	for _, s := range stored {
		status := KeyStatus{From: FromPeople, Hint: s.Hint, UpdatedAt: &s.UpdatedAt, TestedAt: s.TestedAt}
		if k.sealer == nil {
			status.Unreadable = true
		} else if _, _, err := k.sealer.Open(s.Sealed, identity(s.Feed)); err != nil {
			status.Unreadable = true
		}
		out[s.Feed] = status
	}
	return out, nil
}

// maxKey is far beyond any service's keys.
const maxKey = 512

// Set tests a key with a call to the service and stores it sealed. A key that the service refuses is not stored
// (Invalid); where the service cannot be asked it is stored untested.
func (k *Keys) Set(ctx context.Context, feed, key string) (KeyStatus, error) {
	source, err := k.sources.Find(feed)
	if err != nil {
		return KeyStatus{}, err
	}
	key = strings.TrimSpace(key)
	switch {
	case !source.TakesKey():
		return KeyStatus{}, invalidKey("%s takes no key", source.Title)
	case key == "":
		return KeyStatus{}, invalidKey("the key is empty; to go without, delete the stored one")
	case len(key) > maxKey || strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }):
		return KeyStatus{}, invalidKey("this is no key: keys are up to %d printable characters without spaces", maxKey)
	case k.sealer == nil:
		return KeyStatus{}, problem.New(problem.Conflict, "keys cannot be stored: ENCRYPTION_KEY is not set")
	}
	now := k.now()
	stored := intel.SealedKey{Feed: feed, Hint: seal.Mask(key), UpdatedAt: now}
	switch kind, err := ask(ctx, source, key); {
	case err == nil:
		stored.TestedAt = &now
	case kind == problem.Unavailable || kind == problem.RateLimited:
	default:
		return KeyStatus{}, invalidKey("%s", err.Error())
	}
	if stored.Sealed, err = k.sealer.Seal([]byte(key), identity(feed)); err != nil {
		return KeyStatus{}, err
	}
	if err := k.store.PutKey(ctx, stored); err != nil {
		return KeyStatus{}, err
	}
	return KeyStatus{From: FromPeople, Hint: stored.Hint, UpdatedAt: &stored.UpdatedAt, TestedAt: stored.TestedAt}, nil
}

func ask(ctx context.Context, source Source, key string) (problem.Kind, error) {
	err := source.Test(ctx, key)
	var p *problem.Error
	if errors.As(err, &p) {
		return p.Kind, problem.New(p.Kind, "%s", p.Message)
	}
	return problem.Internal, err
}

// Drop forgets an entered key.
func (k *Keys) Drop(ctx context.Context, feed string) error {
	if _, err := k.sources.Find(feed); err != nil {
		return err
	}
	return k.store.DropKey(ctx, feed)
}

// identity binds a sealed key to its feed.
func identity(feed string) string { return "feed_keys/" + feed }

func invalidKey(format string, args ...any) error {
	err := problem.New(problem.Invalid, "the key was not stored")
	return err.With(problem.Fault{Path: "body.key", Code: "invalid_key", Message: problem.New(problem.Invalid, format, args...).Message})
}
