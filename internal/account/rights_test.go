package account_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/threatwerk/threatwerk/internal/account"
	"github.com/threatwerk/threatwerk/internal/platform/access"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// TestWhoSeesWhatAgrees holds the two forms of the rule together: what each person may do with each product, and what the
// product's page says of them.
func TestWhoSeesWhatAgrees(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	cookies := map[int64]string{}
	members := map[access.Role]int64{}
	in := b.admin()
	cookies[in.Person.ID] = in.Cookie
	for _, role := range access.Roles {
		for _, kind := range []string{"member", "stranger"} {
			in := b.join(fmt.Sprintf("%s-%s@example.org", role, kind), role)
			cookies[in.Person.ID] = in.Cookie
			if kind == "member" {
				members[role] = in.Person.ID
			}
		}
	}
	ids := []int64{}
	for _, id := range members {
		ids = append(ids, id)
	}
	team, err := b.SaveTeam(t.Context(), 0, account.TeamInput{Name: "Blue", Members: &ids})
	if err != nil {
		t.Fatal(err)
	}
	var products []int64
	for _, restricted := range []bool{false, true} {
		for _, role := range []access.Role{"none", "", access.Viewer, access.Contributor, access.Analyst} {
			var id int64
			if err := b.pool.QueryRow(t.Context(), `insert into products (name) values ($1) returning id`, fmt.Sprintf("%v %s", restricted, role)).Scan(&id); err != nil {
				t.Fatal(err)
			}
			products = append(products, id)
			set := account.ProductAccess{Restricted: restricted}
			if role != "none" {
				set.Teams = []account.ProductTeam{{ID: team.ID, Role: role}}
			}
			if _, err := b.SetProductAccess(t.Context(), id, set); err != nil {
				t.Fatal(err)
			}
		}
	}
	hidden := 0
	for _, product := range products {
		page, err := b.ProductAccess(t.Context(), product)
		if err != nil {
			t.Fatal(err)
		}
		said := map[int64]access.Role{}
		for _, p := range page.People {
			said[p.ID] = p.Role
		}
		for id, cookie := range cookies {
			who, _, err := b.Authenticate(b.from("192.0.2.1"), cookie)
			if err != nil {
				t.Fatal(err)
			}
			held := access.Nobody
			for _, role := range access.Roles {
				if who.Grant(role).Act.Has(product) && role != access.Admin || who.Role == access.Admin {
					held = role
				}
			}
			if held != said[id] {
				t.Errorf("product %d (restricted %v, teams %v): %s %s may as %q, the page says %q", product, page.Restricted, page.Teams, who.Role, who.Mail, held, said[id])
			}
			if held == access.Nobody {
				hidden++
			}
		}
	}
	if hidden == 0 {
		t.Error("nothing was hidden from anyone: the test shows nothing")
	}
}

func TestTokens(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.admin()
	in := b.join("member@example.org", access.Contributor)
	b.exec(`insert into products (name) values ('one'), ('two'), ('three')`)
	b.exec(`insert into restricted_products select id from products where name = 'three'`)
	made, err := b.CreateToken(t.Context(), in.Person.ID, account.NewToken{Name: "CI", Scopes: []string{"upload", "upload"}, ProductIDs: []int64{1, 3}, Life: 24 * time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	who, err := b.AuthenticateToken(t.Context(), made.Secret)
	if err != nil {
		t.Fatal(err)
	}
	grant := who.Grant(access.Contributor)
	for product, want := range map[int64]bool{1: true, 2: false, 3: false} {
		if grant.See.Has(product) != want || grant.Act.Has(product) != want {
			t.Errorf("product %d: sees %v, acts %v", product, grant.See.Has(product), grant.Act.Has(product))
		}
	}
	if grant.Create || len(who.Scopes) != 1 {
		t.Errorf("may create: %v, scopes %v", grant.Create, who.Scopes)
	}
	if n := b.count(`select count(*) from api_tokens where position(convert_to($1, 'UTF8') in hash) > 0 or hint = $1`, made.Secret[4:]); n != 0 {
		t.Error("the secret is stored")
	}
	for name, secret := range map[string]string{"none": "", "junk": "twk_junk", "another": made.Secret[:len(made.Secret)-1] + "_"} {
		if _, err := b.AuthenticateToken(t.Context(), secret); !problem.Is(err, problem.Unauthenticated) {
			t.Errorf("%s: %v", name, err)
		}
	}
	wantKind(t, b.RevokeToken(t.Context(), in.Person.ID+1, made.ID), problem.NotFound, "")
	b.clock.pass(23 * time.Hour)
	if _, err := b.AuthenticateToken(t.Context(), made.Secret); err != nil {
		t.Error(err)
	}
	b.clock.pass(2 * time.Hour)
	_, err = b.AuthenticateToken(t.Context(), made.Secret)
	wantKind(t, err, problem.Unauthenticated, "")
	if made, err = b.CreateToken(t.Context(), in.Person.ID, account.NewToken{Name: "CI", Scopes: []string{"read"}, Life: time.Hour}); err != nil {
		t.Fatal(err)
	}
	if err := b.RevokeToken(t.Context(), in.Person.ID, made.ID); err != nil {
		t.Fatal(err)
	}
	_, err = b.AuthenticateToken(t.Context(), made.Secret)
	wantKind(t, err, problem.Unauthenticated, "")
	_, err = b.CreateToken(t.Context(), in.Person.ID, account.NewToken{Name: " ", Scopes: []string{"all"}, Life: 400 * 24 * time.Hour})
	wantKind(t, err, problem.Invalid, "body.name length, body.scopes enum, body.expires_in_days range")
}

func TestTheRecordIsOnlyAddedTo(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.admin()
	_, _ = b.SignIn(b.from("203.0.113.5"), account.Credentials{Mail: "admin@example.org", Password: "wrong wrong wrong"})
	for _, sql := range []string{`update audit_events set actor_name = 'someone'`, `delete from audit_events`, `truncate audit_events`} {
		if _, err := b.pool.Exec(t.Context(), sql); err == nil {
			t.Errorf("%q went through", sql)
		}
	}
	list, err := b.Records(t.Context(), account.RecordFilter{Action: "session.", Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 2 || list[0].Action != "session.refused" || list[0].Address != "203.0.113.5" || list[1].ActorName != "Admin" {
		t.Errorf("recorded %+v", list)
	}
	var all []account.Record
	err = b.EachRecord(t.Context(), account.RecordFilter{}, func(r account.Record) error {
		all = append(all, r)
		return nil
	})
	if err != nil || len(all) != 3 {
		t.Errorf("exported %d events, %v", len(all), err)
	}
}
