package access_test

import (
	"testing"

	"github.com/threatwerk/threatwerk/internal/platform/access"
)

func TestScopes(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name     string
		scope    access.Scope
		has      string // which of the products 1, 2 and 3
		where    string
		argument int // products in the argument; -1: none
	}{
		{"all", access.All(), "123", "true", -1},
		{"zero", access.Scope{}, "123", "true", -1},
		{"none", access.None(), "", "p.id = any(@scope_products)", 0},
		{"only", access.Only(2), "2", "p.id = any(@scope_products)", 1},
		{"except", access.Except(2), "13", "p.id <> all(@scope_products)", 1},
		{"except nothing", access.Except(), "123", "true", -1},
		{"and of except", access.Except(2).And([]int64{1, 2}), "1", "p.id = any(@scope_products)", 1},
		{"and of only", access.Only(3).And([]int64{1, 2}), "", "p.id = any(@scope_products)", 0},
	} {
		has := ""
		for i, digit := range []string{"1", "2", "3"} {
			if tc.scope.Has(int64(i + 1)) {
				has += digit
			}
		}
		args := map[string]any{}
		where := tc.scope.Where("p.id", args)
		argument := -1
		if list, ok := args["scope_products"].([]int64); ok {
			argument = len(list)
		}
		if has != tc.has || where != tc.where || argument != tc.argument || tc.scope.IsAll() != (tc.where == "true") {
			t.Errorf("%s: has %q, where %q with %d products", tc.name, has, where, argument)
		}
	}
}

func TestAContextWithoutGrantIsTheServiceItself(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	if !access.See(ctx).IsAll() || !access.Act(ctx).IsAll() || !access.MayCreate(ctx) || access.CallerOf(ctx).Known() {
		t.Error("jobs do not see everything")
	}
	ctx = access.WithGrant(ctx, access.Grant{See: access.Only(7), Act: access.None()})
	if !access.See(ctx).Has(7) || access.See(ctx).Has(8) || access.Act(ctx).Has(7) || access.MayCreate(ctx) {
		t.Error("the grant is not the context's")
	}
}

func TestRolesRise(t *testing.T) {
	t.Parallel()
	for i, r := range access.Roles {
		for j, other := range access.Roles {
			if r.Reaches(other) != (i >= j) {
				t.Errorf("%s reaches %s: %v", r, other, r.Reaches(other))
			}
		}
		if access.Nobody.Reaches(r) || access.Role("owner").Reaches(r) {
			t.Errorf("an unknown role reaches %s", r)
		}
	}
}
