package account_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/threatwerk/threatwerk/internal/account"
	"github.com/threatwerk/threatwerk/internal/platform/access"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
	"github.com/threatwerk/threatwerk/internal/platform/seal"
)

// code is what an app with this key shows now.
func (b *bench) code(key string) string {
	b.t.Helper()
	c, err := totp.GenerateCode(key, b.clock.now())
	if err != nil {
		b.t.Fatal(err)
	}
	return c
}

// enrol sets one-time codes up for a caller.
func (b *bench) enrol(ctx context.Context) (key string, recovery []string) {
	b.t.Helper()
	c, err := b.BeginCodes(ctx)
	if err != nil {
		b.t.Fatal(err)
	}
	recovery, err = b.ConfirmCodes(ctx, c.Ceremony, b.code(c.Key))
	if err != nil {
		b.t.Fatal(err)
	}
	return c.Key, recovery
}

// half does the first step of a sign-in.
func (b *bench) half(mail string) account.SignedIn {
	b.t.Helper()
	in, err := b.SignIn(b.from("192.0.2.1"), account.Credentials{Mail: mail, Password: password})
	if err != nil {
		b.t.Fatal(err)
	}
	return in
}

func TestOneTimeCodesAreSetUpAndAskedFor(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	in := b.admin()
	admin := b.as(in.Cookie)
	c, err := b.BeginCodes(admin)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(c.URI, "otpauth://totp/ThreatWerk:admin@example.org?") || c.QR.Size < 21 || !strings.HasPrefix(c.QR.Path, "M0 0h7") {
		t.Errorf("an app is given %q and a square of %d", c.URI, c.QR.Size)
	}
	_, err = b.ConfirmCodes(admin, c.Ceremony, "000000")
	wantKind(t, err, problem.Invalid, "body.code wrong")
	member := b.as(b.join("member@example.org", access.Viewer).Cookie)
	_, err = b.ConfirmCodes(member, c.Ceremony, b.code(c.Key))
	wantKind(t, err, problem.Invalid, "body.ceremony ended")
	if in := b.half("admin@example.org"); in.Cookie == "" {
		t.Error("codes count before they are confirmed")
	}
	recovery, err := b.ConfirmCodes(admin, c.Ceremony, b.code(c.Key))
	if err != nil || len(recovery) != 10 {
		t.Fatalf("%d recovery codes, %v", len(recovery), err)
	}
	if n := b.count(`select count(*) from totp_secrets where position(convert_to($1, 'UTF8') in secret) > 0`, c.Key); n != 0 {
		t.Error("the secret lies open in the database")
	}
	if who, _, err := b.Authenticate(admin, in.Cookie); err != nil || !who.Strong {
		t.Errorf("the session that set codes up: strong %v, %v", who.Strong, err)
	}

	first := b.half("admin@example.org")
	if first.Cookie != "" || first.Device != "" || first.Step == "" || strings.Join(first.Second, " ") != "code" {
		t.Fatalf("a password alone gives %+v", first)
	}
	ctx := b.from("192.0.2.1")
	_, err = b.FinishStep(ctx, first.Step, b.code(c.Key), "")
	wantKind(t, err, problem.Invalid, "body.code wrong") // used when it was confirmed
	b.clock.pass(30 * time.Second)
	code := b.code(c.Key)
	done, err := b.FinishStep(ctx, first.Step, " "+code[:3]+" "+code[3:], "")
	if err != nil || done.Cookie == "" || done.Person.Mail != "admin@example.org" {
		t.Fatalf("%+v, %v", done, err)
	}
	if who, _, err := b.Authenticate(ctx, done.Cookie); err != nil || !who.Strong {
		t.Errorf("a session by password and code: strong %v, %v", who.Strong, err)
	}
	b.clock.pass(30 * time.Second)
	_, err = b.FinishStep(ctx, first.Step, b.code(c.Key), "")
	wantKind(t, err, problem.Invalid, "body.ceremony ended")
}

func TestACodeCountsOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key, recovery := b.enrol(b.as(b.admin().Cookie))
	b.clock.pass(time.Minute)
	for name, code := range map[string]string{"of the app": b.code(key), "for recovery": recovery[0]} {
		const together = 8
		var steps [together]string
		for i := range steps {
			steps[i] = b.half("admin@example.org").Step
		}
		var wg sync.WaitGroup
		var mu sync.Mutex
		let := 0
		for i, step := range steps {
			wg.Go(func() {
				// A browser of its own each, so that none is slowed before it is tried.
				in, err := b.FinishStep(b.from("192.0.2.1"), step, code, "")
				mu.Lock()
				defer mu.Unlock()
				if err == nil && in.Cookie != "" {
					let++
				} else if !problem.Is(err, problem.Invalid) && !problem.Is(err, problem.RateLimited) {
					t.Errorf("%s, try %d: %v", name, i, err)
				}
			})
		}
		wg.Wait()
		if let != 1 {
			t.Errorf("one code %s let in %d times", name, let)
		}
		b.exec(`delete from throttles`)
	}
	if n := b.count(`select count(*) from audit_events where action = 'codes.use_recovery'`); n != 1 {
		t.Errorf("the use of a recovery code is on record %d times", n)
	}
}

func TestCodesAreSlowedAndTheStepEnds(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]struct {
		by   func(b *bench)
		kind problem.Kind
		code string
	}{
		"nothing":            {func(*bench) {}, "", ""},
		"time":               {func(b *bench) { b.clock.pass(6 * time.Minute) }, problem.Invalid, "body.ceremony ended"},
		"a new password":     {func(b *bench) { b.exec(`update users set stamp = stamp + 1`) }, problem.Invalid, "body.ceremony ended"},
		"a disabled account": {func(b *bench) { b.exec(`update users set status = 'disabled'`) }, problem.Invalid, "body.ceremony ended"},
		"guesses": {func(b *bench) {
			step := b.half("admin@example.org").Step
			for range 5 {
				if _, err := b.FinishStep(b.from("203.0.113.9"), step, "123456", ""); !problem.Is(err, problem.Invalid) {
					b.t.Errorf("a wrong code: %v", err)
				}
			}
		}, problem.RateLimited, ""},
		"the secret cannot be opened": {func(b *bench) {
			key, err := seal.New(strings.Repeat("k", 32))
			if err != nil {
				b.t.Fatal(err)
			}
			b.Store, err = account.NewStore(b.pool, account.Config{Secret: []byte(secret), Now: b.clock.now, Hash: cheap, Seal: key})
			if err != nil {
				b.t.Fatal(err)
			}
		}, problem.Conflict, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			key, _ := b.enrol(b.as(b.admin().Cookie))
			b.clock.pass(time.Minute)
			step := b.half("admin@example.org").Step
			spoil.by(b)
			_, err := b.FinishStep(b.from("192.0.2.1"), step, b.code(key), "")
			if spoil.kind == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			wantKind(t, err, spoil.kind, spoil.code)
		})
	}
}

func TestAnAttackersGuessesDoNotSlowThePersonsOwnBrowser(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	in := b.admin()
	key, _ := b.enrol(b.as(in.Cookie))
	b.clock.pass(time.Minute)
	step := b.half("admin@example.org").Step
	for range 5 {
		_, err := b.FinishStep(b.from("203.0.113.9"), step, "123456", "")
		wantKind(t, err, problem.Invalid, "")
	}
	if _, err := b.FinishStep(b.from("192.0.2.1"), step, b.code(key), in.Device); err != nil {
		t.Error(err)
	}
}

func TestRecoveryCodesAreReplacedAndGoWithTheCodes(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	in := b.admin()
	admin := b.as(in.Cookie)
	_, err := b.RenewRecovery(admin)
	wantKind(t, err, problem.Conflict, "")
	_, old := b.enrol(admin)
	fresh, err := b.RenewRecovery(admin)
	if err != nil {
		t.Fatal(err)
	}
	try := func(code string) error {
		_, err := b.FinishStep(b.from("192.0.2.1"), b.half("admin@example.org").Step, code, in.Device)
		return err
	}
	wantKind(t, try(old[1]), problem.Invalid, "body.code wrong")
	if err := try(strings.ToUpper(strings.ReplaceAll(fresh[1], "-", " "))); err != nil {
		t.Error(err)
	}
	if c, err := b.Codes(admin); err != nil || c.Since == nil || c.Recovery != 9 || !c.Available {
		t.Errorf("%+v, %v", c, err)
	}
	if err := b.RemoveCodes(admin); err != nil {
		t.Fatal(err)
	}
	wantKind(t, b.RemoveCodes(admin), problem.NotFound, "")
	if n := b.count(`select count(*) from recovery_codes`); n != 0 {
		t.Errorf("%d recovery codes outlive the codes", n)
	}
	if in := b.half("admin@example.org"); in.Cookie == "" {
		t.Error("codes are asked for that are removed")
	}
}

func TestProvingAnew(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	in := b.admin()
	admin := b.as(in.Cookie)
	fresh := func(cookie string) bool {
		who, _, err := b.Authenticate(admin, cookie)
		if err != nil {
			t.Fatal(err)
		}
		return who.Fresh
	}
	b.clock.pass(16 * time.Minute)
	if fresh(in.Cookie) {
		t.Error("a proof serves for longer than 15 minutes")
	}
	_, err := b.Prove(admin, account.Proof{Password: "another four words here 9"})
	wantKind(t, err, problem.Invalid, "body.password wrong")
	cookie, err := b.Prove(admin, account.Proof{Password: password})
	if err != nil || !fresh(cookie) {
		t.Fatalf("the right password proves nothing: %v", err)
	}
	key, _ := b.enrol(admin)
	b.clock.pass(16 * time.Minute)
	_, err = b.Prove(admin, account.Proof{Password: password})
	wantKind(t, err, problem.Invalid, "body.code wrong")
	if _, err = b.Prove(admin, account.Proof{Password: password, Code: b.code(key)}); err != nil {
		t.Error(err)
	}
	_, err = b.Prove(admin, account.Proof{Password: password, Code: b.code(key)})
	wantKind(t, err, problem.Invalid, "body.code wrong")
	for range 5 {
		_, err = b.Prove(admin, account.Proof{Password: "guess", Code: "123456"})
	}
	wantKind(t, err, problem.RateLimited, "")
}

func TestADemandedSecondFactorIsAskedOfWhoHasOne(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	in := b.admin()
	member := b.join("member@example.org", access.Viewer)
	b.exec(`insert into passkeys (id, user_id, name, credential) values ('\x01', $1, 'Key', '{}')`, in.Person.ID)
	if again := b.half("admin@example.org"); again.Cookie == "" {
		t.Error("a passkey beside a password is asked for although nobody demands it")
	}
	b.exec(`update account_settings set require_second_factor = true`)
	for cookie, want := range map[string][2]bool{in.Cookie: {false, true}, member.Cookie: {true, false}} {
		who, _, err := b.Authenticate(b.from("192.0.2.1"), cookie)
		if got := [2]bool{who.Due, who.Weak}; err != nil || got != want {
			t.Errorf("%s: due and weak %v, want %v; %v", who.Mail, got, want, err)
		}
	}
	if again := b.half("admin@example.org"); again.Cookie != "" || strings.Join(again.Second, " ") != "passkey" {
		t.Errorf("the password alone lets in %+v", again)
	}
	_, err := b.Prove(b.as(in.Cookie), account.Proof{Password: password})
	wantKind(t, err, problem.Conflict, "")
}

func TestVaultSealsCodesAnew(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	before, after := strings.Repeat("b", 32), strings.Repeat("a", 32)
	old, err := seal.New(before)
	if err != nil {
		t.Fatal(err)
	}
	both, err := seal.New(after, before)
	if err != nil {
		t.Fatal(err)
	}
	b.admin()
	sealed, err := old.Seal([]byte("KEY"), "totp_secrets:1")
	if err != nil {
		t.Fatal(err)
	}
	b.exec(`insert into totp_secrets (user_id, secret, confirmed_at) values (1, $1, now())`, sealed)
	for _, want := range []seal.Tally{{Resealed: 1}, {}} {
		if got, err := (account.Vault{DB: b.pool}).Reseal(t.Context(), both); err != nil || got != want {
			t.Errorf("%+v, %v; want %+v", got, err, want)
		}
	}
}
