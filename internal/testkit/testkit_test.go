package testkit_test

import (
	"context"
	"testing"

	"github.com/threatwerk/threatwerk/internal/testkit"
)

func TestEachTestHasItsOwnDatabase(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"one", "two", "three"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := context.Background()
			db := testkit.DB(t)
			if _, err := db.Exec(ctx, "insert into products (name) values ('the same name everywhere')"); err != nil {
				t.Fatal(err)
			}
			var n int
			if err := db.QueryRow(ctx, "select count(*) from products").Scan(&n); err != nil {
				t.Fatal(err)
			}
			if n != 1 {
				t.Errorf("products = %d, want 1: another test's row is seen", n)
			}
		})
	}
}

func TestEmptyDBHasNoSchema(t *testing.T) {
	t.Parallel()
	var n int
	err := testkit.EmptyDB(t).QueryRow(context.Background(),
		"select count(*) from pg_tables where schemaname = 'public'").Scan(&n)
	if err != nil {
		t.Fatal(err)
	}
	if n != 0 {
		t.Errorf("public tables = %d, want 0", n)
	}
}
