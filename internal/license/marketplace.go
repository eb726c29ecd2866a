package license

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/licensemanager"
	"go.uber.org/zap"

	"github.com/threatwerk/threatwerk/internal/platform/awsx"
	"github.com/threatwerk/threatwerk/internal/platform/pg"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// MarketplaceConfig says what is checked out, and where the outcome is shared.
type MarketplaceConfig struct {
	AWS aws.Config
	DB  pg.DB
	Log *zap.Logger
	// SKU is the product's id in the Marketplace portal (not its code); Entitlement names one or more, separated by commas.
	SKU, Entitlement string
	// RetryAfter is the pause before "no entitlement" is believed; 0: 1.5 s.
	RetryAfter time.Duration
	Now        func() time.Time
}

// Marketplace is the licence of LICENSE_MODE aws_marketplace. One task at a time renews it for all: whichever finds it due. The
// token by which it is in use lies in the database, so that it outlives the task.
type Marketplace struct {
	db      pg.DB
	log     *zap.Logger
	manager *manager
	subject string
	now     func() time.Time

	mu       sync.Mutex
	known    record
	holding  string // the token that this task checked out or extended last
	reported string // the reason that is in the log
}

const (
	renewEvery = 15 * time.Minute
	retryEvery = 2 * time.Minute
	// lease is how long a task that found it due has to do it; then it is due for the others again.
	lease       = 2 * time.Minute
	callTime    = time.Minute
	checkInTime = 5 * time.Second
	lookEvery   = time.Minute
	retryAfter  = 1500 * time.Millisecond
)

// NewMarketplace checks the licence out, or finds that another task has. Its error is the start-up failure: the licence was
// never verified here, and what stands against it will not go away by itself.
func NewMarketplace(ctx context.Context, c MarketplaceConfig) (*Marketplace, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.RetryAfter == 0 {
		c.RetryAfter = retryAfter
	}
	if c.SKU == "" {
		return nil, noSKU()
	}
	var names []string
	for name := range strings.SplitSeq(c.Entitlement, ",") {
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
		}
	}
	m := &Marketplace{
		db: c.DB, log: c.Log, now: c.Now, subject: c.SKU + " " + strings.Join(names, ","),
		manager: &manager{client: licensemanager.NewFromConfig(c.AWS), sku: c.SKU, entitlements: names, retryAfter: c.RetryAfter},
	}
	err := m.Check(ctx)
	var p *problem.Error
	switch {
	case err == nil:
		return m, nil
	case !errors.As(err, &p) || m.State().Checked.IsZero() && definite(p):
		return nil, err // whoever ends the process logs it
	}
	m.report(p)
	return m, nil
}

// errDefinite marks causes that a restart will not mend.
var errDefinite = errors.New("not entitled")

func definite(p *problem.Error) bool { return errors.Is(p.Cause, errDefinite) }

// Check renews the licence if that is due and no other task is at it, and learns where it stands. A failed renewal is the
// problem "license validation failed".
func (m *Marketplace) Check(ctx context.Context) error {
	now := m.now().UTC()
	r, due, err := claim(ctx, m.db, m.subject, now)
	if err != nil {
		return err
	}
	if !due {
		m.learn(r)
		return nil
	}
	calling, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	held, failed := m.renew(calling, r, now)
	r.triedAt = &now
	if failed != nil {
		sure, remedy := judge(failed, m.manager.sku)
		r.reason, r.nextCheck = awsx.Cause(failed).Error(), now.Add(retryEvery)
		if sure && r.validAt == nil {
			r.nextCheck = now // the task that is started again must fail in the same words
		}
		if err := r.save(ctx, m.db); err != nil {
			return err
		}
		m.learn(r)
		short := awsx.Cause(failed)
		if sure {
			short = fmt.Errorf("%w: %w", errDefinite, short)
		}
		return failure(short, "%s", remedy)
	}
	terms := m.manager.contract(calling)
	r.customer, r.seats, r.expiresAt = terms.customer, terms.seats, orNil(terms.ends)
	r.token, r.tokenExpires = held.token, orNil(held.expires)
	r.validAt, r.reason = &now, ""
	// Well before the token ends, also when its life is short.
	r.nextCheck = now.Add(max(min(renewEvery, held.expires.Sub(now)/2), lease/4))
	if err := r.save(ctx, m.db); err != nil {
		return err
	}
	m.mu.Lock()
	m.holding, m.reported = held.token, ""
	m.mu.Unlock()
	m.learn(r)
	return nil
}

// renew extends what is in use, and otherwise checks out.
func (m *Marketplace) renew(ctx context.Context, r record, now time.Time) (checkout, error) {
	if r.token != "" && r.tokenExpires != nil && r.tokenExpires.After(now) {
		held, err := m.manager.extend(ctx, r.token, now)
		if err == nil {
			return held, nil
		}
		// A token that is not known any more is replaced; whatever else stands in the way stands in a checkout's, too.
		if why := awsx.Why(err); why == awsx.Unreachable || why == awsx.Throttled || why == awsx.NoCredentials {
			return checkout{}, err
		}
	}
	return m.manager.checkOut(ctx, now)
}

// report logs a failure, unless its reason is the one that is in the log.
func (m *Marketplace) report(p *problem.Error) {
	m.mu.Lock()
	seen := m.reported == p.Cause.Error()
	m.reported = p.Cause.Error()
	m.mu.Unlock()
	if !seen {
		m.log.Error(p.Message, zap.String("remedy", p.Remedy), zap.NamedError("cause", p.Cause))
	}
}

func (m *Marketplace) learn(r record) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.known = r
}

// Run renews until ctx ends, and then checks in what this task has in use, so that another can take it on at once.
func (m *Marketplace) Run(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), checkInTime)
			defer cancel()
			if err := m.CheckIn(ending); err != nil {
				m.log.Warn("the licence was not checked in and returns by itself within an hour", zap.Error(err))
			}
			return
		case <-tick.C:
			m.look(ctx)
		}
	}
}

// look checks, and logs what came of it if that is news.
func (m *Marketplace) look(ctx context.Context) {
	err := m.Check(ctx)
	var p *problem.Error
	switch {
	case err == nil || ctx.Err() != nil:
	case errors.As(err, &p) && p.Message == words:
		m.report(p)
	default:
		m.log.Warn("the licence could not be looked at", zap.Error(err))
	}
}

// CheckIn gives the licence back, unless another task has taken it on since.
func (m *Marketplace) CheckIn(ctx context.Context) error {
	m.mu.Lock()
	held := m.holding
	m.holding = ""
	m.mu.Unlock()
	if held == "" {
		return nil
	}
	ours, err := release(ctx, m.db, held, m.now().UTC())
	if err != nil || !ours {
		return err
	}
	return m.manager.checkIn(ctx, held)
}

// State implements runtime/app's Licence.
func (m *Marketplace) State() State {
	m.mu.Lock()
	r := m.known
	m.mu.Unlock()
	now, reason := m.now(), r.reason
	if reason == "" {
		reason = "no answer yet"
	}
	s := State{Mode: "aws_marketplace", Standing: Valid, Customer: r.customer, Seats: r.seats}
	if r.expiresAt != nil {
		s.Expires = *r.expiresAt
	}
	if r.validAt == nil {
		s.GraceUntil = r.firstTriedAt.Add(GraceUnknown)
		s.Standing, s.Warning = Grace, "The licence could not be verified yet ("+reason+"). From "+moment(s.GraceUntil)+" on nothing can be changed."
	} else {
		s.Checked = *r.validAt
		if r.reason == "" && now.Before(s.Checked.Add(GraceKnown)) {
			return s
		}
		s.GraceUntil = s.Checked.Add(GraceKnown)
		s.Standing, s.Warning = Grace, "The licence could not be verified since "+moment(s.Checked)+" ("+reason+"). From "+moment(s.GraceUntil)+" on nothing can be changed."
	}
	if !now.Before(s.GraceUntil) {
		s.Standing, s.Warning = Over, "The licence could not be verified ("+reason+"): everything can be read, nothing changed, until it can."
	}
	return s
}

func moment(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04 UTC") }

func orNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
