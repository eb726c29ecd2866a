package license

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/threatwerk/threatwerk/internal/testkit"
	"github.com/threatwerk/threatwerk/internal/testkit/awsfake"
)

const sku = "0f5c1a2b-0000-4000-8000-00000000abcd"

// bench is a License Manager that answers as a test says, a clock, and the tasks' database.
type bench struct {
	t    *testing.T
	fake *awsfake.Server
	pool *pgxpool.Pool
	log  *observer.ObservedLogs
	core *zap.Logger

	mu     sync.Mutex
	now    time.Time
	answer map[string]awsfake.Answer // by operation; in place of the good ones
}

func newBench(t *testing.T) *bench {
	t.Helper()
	core, log := observer.New(zap.InfoLevel)
	b := &bench{t: t, pool: testkit.DB(t), log: log, core: zap.New(core), now: time.Date(2026, 11, 25, 3, 0, 0, 0, time.UTC), answer: map[string]awsfake.Answer{}}
	b.fake = awsfake.New(t, "license-manager", b.serve)
	return b
}

func (b *bench) serve(r awsfake.Request) awsfake.Answer {
	b.mu.Lock()
	defer b.mu.Unlock()
	operation := strings.TrimPrefix(r.Target, "AWSLicenseManager.")
	if a, ok := b.answer[operation]; ok {
		return a
	}
	ends := b.now.Add(time.Hour).Format("2006-01-02T15:04:05")
	switch operation {
	case "CheckoutLicense":
		if r.Body["CheckoutType"] != "PROVISIONAL" || r.Body["ProductSKU"] != sku || r.Body["KeyFingerprint"] != marketplaceFingerprint || r.Body["ClientToken"] == "" {
			b.t.Errorf("checkout of %v", r.Body)
		}
		return awsfake.Answer{Body: map[string]any{
			"CheckoutType": "PROVISIONAL", "LicenseConsumptionToken": "token-1", "SignedToken": "eyJ", "IssuedAt": b.now.Format("2006-01-02T15:04:05"),
			"Expiration": ends, "EntitlementsAllowed": r.Body["Entitlements"],
		}}
	case "ExtendLicenseConsumption":
		return awsfake.Answer{Body: map[string]any{"LicenseConsumptionToken": "token-2", "Expiration": ends}}
	case "CheckInLicense":
		return awsfake.Answer{Body: map[string]any{}}
	case "ListReceivedLicenses":
		return awsfake.Answer{Body: map[string]any{"Licenses": []any{
			map[string]any{"ProductSKU": sku, "Status": "EXPIRED", "Beneficiary": "old", "Validity": map[string]any{"Begin": "2024-01-01T00:00:00Z", "End": "2030-01-01T00:00:00Z"}},
			map[string]any{"ProductSKU": sku, "Status": "AVAILABLE", "Beneficiary": "123456789012", "Validity": map[string]any{"Begin": "2026-01-01T00:00:00Z", "End": "2027-01-01T00:00:00Z"},
				"Entitlements": []any{map[string]any{"Name": "AWS::Marketplace::Usage", "Unit": "None"}, map[string]any{"Name": "Seats", "Unit": "Count", "MaxCount": 25}}},
		}}}
	}
	b.t.Errorf("unknown operation %s", r.Target)
	return awsfake.Answer{Status: 500, Error: "ServerInternalException"}
}

func (b *bench) says(operation string, a awsfake.Answer) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.answer[operation] = a
}

func (b *bench) mended() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.answer = map[string]awsfake.Answer{}
}

func (b *bench) pass(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now = b.now.Add(d)
}

func (b *bench) clock() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now
}

func (b *bench) config() MarketplaceConfig {
	return MarketplaceConfig{
		AWS: b.fake.Config(), DB: b.pool, Log: b.core, SKU: sku, Entitlement: "AWS::Marketplace::Usage", RetryAfter: time.Millisecond, Now: b.clock,
	}
}

func (b *bench) start() (*Marketplace, error) { return NewMarketplace(b.t.Context(), b.config()) }

func (b *bench) started() *Marketplace {
	b.t.Helper()
	m, err := b.start()
	if err != nil {
		b.t.Fatal(err)
	}
	return m
}

func (b *bench) count(operation string) int { return b.fake.Count("AWSLicenseManager." + operation) }

func TestOneTaskChecksOutForAll(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var (
		all   sync.WaitGroup
		tasks [4]*Marketplace
	)
	for i := range tasks {
		all.Go(func() {
			m, err := b.start()
			if err != nil {
				t.Error(err)
			}
			tasks[i] = m
		})
	}
	all.Wait()
	if n := b.count("CheckoutLicense"); n != 1 {
		t.Fatalf("%d checkouts by four tasks", n)
	}
	for i, m := range tasks {
		if err := m.Check(t.Context()); err != nil {
			t.Errorf("task %d: %v", i, err)
		}
		s := m.State()
		if s.Standing != Valid || s.Customer != "123456789012" || s.Seats != 25 || !s.Expires.Equal(time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)) || s.Warning != "" || !s.Writable() {
			t.Errorf("task %d: %+v", i, s)
		}
	}
	// Renewed well before the hour of the token is over, by one of them.
	b.pass(14 * time.Minute)
	for _, m := range tasks {
		if err := m.Check(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n := b.count("ExtendLicenseConsumption"); n != 0 {
		t.Errorf("%d renewals before any is due", n)
	}
	b.pass(2 * time.Minute)
	for _, m := range tasks {
		if err := m.Check(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if b.count("ExtendLicenseConsumption") != 1 || b.count("CheckoutLicense") != 1 {
		t.Errorf("%d renewals, %d checkouts", b.count("ExtendLicenseConsumption"), b.count("CheckoutLicense"))
	}
	// The first renewed it; its token is the one in use, and checked in when it ends. The next task checks out again.
	for _, m := range tasks[1:] {
		if err := m.CheckIn(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	before := b.count("CheckInLicense")
	if err := tasks[0].CheckIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	if before+b.count("CheckInLicense") == 0 || b.count("CheckInLicense") != 1 {
		t.Errorf("%d check-ins", b.count("CheckInLicense"))
	}
	if err := tasks[1].Check(t.Context()); err != nil || b.count("CheckoutLicense") != 2 || tasks[1].State().Standing != Valid {
		t.Errorf("%d checkouts after the check-in, %v", b.count("CheckoutLicense"), err)
	}
}

func TestALostTokenIsReplaced(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	m := b.started()
	b.pass(20 * time.Minute)
	b.says("ExtendLicenseConsumption", awsfake.Answer{Error: "ResourceNotFoundException", Message: "no such token"})
	if err := m.Check(t.Context()); err != nil || b.count("CheckoutLicense") != 2 {
		t.Errorf("%d checkouts, %v", b.count("CheckoutLicense"), err)
	}
	// A token whose time is over is not extended.
	b.pass(2 * time.Hour)
	if err := m.Check(t.Context()); err != nil || b.count("CheckoutLicense") != 3 || b.count("ExtendLicenseConsumption") != 1 {
		t.Errorf("%d checkouts, %v", b.count("CheckoutLicense"), err)
	}
}

// TestAFailedFirstStart makes the deployment guide's "license validation failed" by its causes.
func TestAFailedFirstStart(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ code, message, remedy string }{
		{"AccessDeniedException", "User: arn:aws:sts::1:assumed-role/task/1 is not authorized to perform: license-manager:CheckoutLicense because no identity-based policy allows the license-manager:CheckoutLicense action", "license-manager:CheckoutLicense"},
		{"AuthorizationException", "The Amazon Web Services user account does not have permission", "license-manager:CheckoutLicense"},
		{"NoEntitlementsAllowedException", "no entitlements", "AWS Marketplace"},
		{"ResourceNotFoundException", "no license", "LICENSE_PRODUCT_SKU"},
		{"ValidationException", "bad unit", "LICENSE_ENTITLEMENT"},
		{"UnrecognizedClientException", "bad token", "TaskRoleArn"},
	} {
		b := newBench(t)
		b.says("CheckoutLicense", awsfake.Answer{Error: c.code, Message: c.message})
		for range 2 { // the platform starts it again
			_, err := b.start()
			if err == nil || !strings.HasPrefix(err.Error(), "license validation failed (") || !strings.Contains(err.Error(), c.remedy) || !strings.Contains(err.Error(), c.code) {
				t.Errorf("%s: %v", c.code, err)
			}
		}
	}
	_, err := NewMarketplace(t.Context(), MarketplaceConfig{})
	if err == nil || !strings.HasPrefix(err.Error(), "license validation failed (") || !strings.Contains(err.Error(), "LICENSE_PRODUCT_SKU") {
		t.Error(err)
	}
}

func TestAllInUseIsAskedTwice(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.says("CheckoutLicense", awsfake.Answer{Error: "NoEntitlementsAllowedException"})
	_, err := b.start()
	if err == nil || b.count("CheckoutLicense") != 2 {
		t.Errorf("%d checkouts, %v", b.count("CheckoutLicense"), err)
	}
	b.says("CheckoutLicense", awsfake.Answer{Body: map[string]any{"LicenseConsumptionToken": "t", "EntitlementsAllowed": []any{}}})
	if _, err := b.start(); err == nil {
		t.Error("a checkout of nothing counts")
	}
}

func TestAServiceThatDoesNotAnswerAtFirst(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.says("CheckoutLicense", awsfake.Answer{Status: 500, Error: "ServerInternalException", Message: "oops"})
	m := b.started()
	if s := m.State(); s.Standing != Grace || !s.GraceUntil.Equal(b.clock().Add(GraceUnknown)) || !s.Writable() || !strings.Contains(s.Warning, "ServerInternalException") {
		t.Errorf("%+v", s)
	}
	lines := b.log.FilterMessage("license validation failed").All()
	if len(lines) != 1 || lines[0].Level != zap.ErrorLevel || !strings.Contains(lines[0].ContextMap()["remedy"].(string), "NAT gateway") {
		t.Errorf("logged %v", lines)
	}
	b.pass(GraceUnknown)
	m.look(t.Context())
	if m.State().Standing != Over || m.State().Writable() {
		t.Errorf("after the grace: %+v", m.State())
	}
	if n := b.log.FilterMessage("license validation failed").Len(); n != 1 {
		t.Errorf("the same failure is logged %d times", n)
	}
	// Another reason is news, also one that would have kept a first start from starting.
	b.says("CheckoutLicense", awsfake.Answer{Error: "AccessDeniedException", Message: "no"})
	b.pass(retryEvery)
	m.look(t.Context())
	if n := b.log.FilterMessage("license validation failed").Len(); n != 2 {
		t.Errorf("another failure: %d lines", n)
	}
	b.mended()
	b.pass(retryEvery)
	if err := m.Check(t.Context()); err != nil || m.State().Standing != Valid {
		t.Errorf("mended: %+v, %v", m.State(), err)
	}
}

func TestAKnownLicenceHoldsOn(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	m := b.started()
	last := b.clock()
	denied := awsfake.Answer{Error: "AccessDeniedException", Message: "no"}
	b.says("ExtendLicenseConsumption", denied)
	b.says("CheckoutLicense", denied)
	b.pass(16 * time.Minute)
	m.look(t.Context())
	if s := m.State(); s.Standing != Grace || s.Seats != 25 || !s.GraceUntil.Equal(last.Add(GraceKnown)) || !strings.Contains(s.Warning, "AccessDeniedException") {
		t.Errorf("%+v", s)
	}
	if n := b.log.FilterMessage("license validation failed").Len(); n != 1 {
		t.Errorf("logged %d times", n)
	}
	// A task that is started meanwhile runs, too.
	b.pass(retryEvery)
	if again := b.started(); again.State().Standing != Grace {
		t.Errorf("%+v", again.State())
	}
	b.pass(GraceKnown)
	if err := m.Check(t.Context()); err == nil || m.State().Standing != Over {
		t.Errorf("%+v", m.State())
	}
}

func TestAnotherProductStartsAnew(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.started()
	c := b.config()
	c.Entitlement = "Professional, Team"
	m, err := NewMarketplace(t.Context(), c)
	if err != nil || b.count("CheckoutLicense") != 2 || m.State().Standing != Valid {
		t.Errorf("%d checkouts, %v", b.count("CheckoutLicense"), err)
	}
	last := b.fake.Requests()[len(b.fake.Requests())-2]
	if n := len(last.Body["Entitlements"].([]any)); n != 2 {
		t.Errorf("%d entitlements asked for: %v", n, last)
	}
}

func TestSeatsAndEndNeedNotBeReadable(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.says("ListReceivedLicenses", awsfake.Answer{Error: "AccessDeniedException"})
	if s := b.started().State(); s.Standing != Valid || s.Seats != 0 || !s.Expires.IsZero() {
		t.Errorf("%+v", s)
	}
}

func TestRunChecksInAtTheEnd(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	m := b.started()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	m.Run(ctx)
	if b.count("CheckInLicense") != 1 || b.fake.Requests()[len(b.fake.Requests())-1].Body["LicenseConsumptionToken"] != "token-1" {
		t.Errorf("%+v", b.fake.Requests())
	}
}
