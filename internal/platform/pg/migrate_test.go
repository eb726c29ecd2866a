package pg_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
	"golang.org/x/sync/errgroup"

	"github.com/threatwerk/threatwerk/internal/platform/pg"
	"github.com/threatwerk/threatwerk/internal/testkit"
)

func TestFourProcessesMigrateAtOnce(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	address := testkit.EmptyDB(t).Config().ConnString()
	// The second file counts how often it ran; the third is of the kind that waits for every other session's snapshot.
	dir := fstest.MapFS{
		"001_make.sql":  {Data: []byte("create table runs (n int);")},
		"002_count.sql": {Data: []byte("insert into runs select g from generate_series(1, 1000) g;")},
		"003_index.sql": {Data: []byte("---- tern: disable-tx ----\ncreate index concurrently runs_n on runs (n);")},
	}
	var group errgroup.Group
	for range 4 {
		group.Go(func() error {
			pool, err := pg.Open(ctx, pg.Config{URL: address, MaxConns: 1})
			if err != nil {
				return err
			}
			defer pool.Close()
			return pg.Migrate(ctx, pool, dir)
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	var rows, locks int
	pool, err := pg.Open(ctx, pg.Config{URL: address})
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	err = pool.QueryRow(ctx, "select (select count(*) from runs), (select count(*) from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database()))").Scan(&rows, &locks)
	if err != nil {
		t.Fatal(err)
	}
	if rows != 1000 || locks != 0 {
		t.Errorf("rows %d, advisory locks left %d; want 1000 and 0", rows, locks)
	}
}

func TestMigrateLeavesANewerSchemaAlone(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	pool := testkit.EmptyDB(t)
	older := fstest.MapFS{"001_make.sql": {Data: []byte("create table a ();\n---- create above / drop below ----\ndrop table a;")}}
	newer := fstest.MapFS{
		"001_make.sql": older["001_make.sql"],
		"002_more.sql": {Data: []byte("create table b ();\n---- create above / drop below ----\ndrop table b;")},
	}
	for _, dir := range []fstest.MapFS{newer, older} {
		if err := pg.Migrate(ctx, pool, dir); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := pool.Exec(ctx, "select from a, b"); err != nil {
		t.Errorf("a table of the newer schema went: %v", err)
	}
}

func TestMigrateSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	pool := testkit.EmptyDB(t)
	cases := []struct {
		name string
		dir  fstest.MapFS
		want string
	}{
		{"no files", fstest.MapFS{}, "set MIGRATIONS_DIR"},
		{"gap", fstest.MapFS{"001_a.sql": {Data: []byte("select 1;")}, "003_c.sql": {Data: []byte("select 1;")}}, "Missing migration 2"},
		{"bad statement", fstest.MapFS{"001_a.sql": {Data: []byte("create table x ();\nselekt 1;")}}, "001_a.sql"},
	}
	for _, c := range cases {
		err := pg.Migrate(ctx, pool, c.dir)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want words %q", c.name, err, c.want)
		}
	}
	if _, err := pool.Exec(ctx, "select from x"); err == nil {
		t.Error("a migration that failed left a table behind")
	}
}

func TestMigrationsGoDownAndUpAgain(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	pool := testkit.DB(t)
	files, err := filepath.Glob(filepath.Join(testkit.Root(), "migrations", "*.sql"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no migrations: %v", err)
	}
	for i := len(files) - 1; i >= 0; i-- {
		b, err := os.ReadFile(files[i])
		if err != nil {
			t.Fatal(err)
		}
		_, down, _ := strings.Cut(string(b), "---- create above / drop below ----")
		if strings.TrimSpace(down) == "" {
			t.Skipf("%s says that it has no way down", filepath.Base(files[i]))
		}
		if _, err := pool.Exec(ctx, down); err != nil {
			t.Fatalf("down %s: %v", filepath.Base(files[i]), err)
		}
	}
	if _, err := pool.Exec(ctx, "update schema_version set version = 0"); err != nil {
		t.Fatal(err)
	}
	if err := pg.Migrate(ctx, pool, os.DirFS(filepath.Join(testkit.Root(), "migrations"))); err != nil {
		t.Errorf("up again: %v", err)
	}
}

func TestRiverFindsNothingLeftToMigrate(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	ours, theirs := testkit.DB(t), testkit.EmptyDB(t)
	migrator, err := rivermigrate.New(riverpgxv5.New(ours), nil)
	if err != nil {
		t.Fatal(err)
	}
	result, err := migrator.Validate(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !result.OK {
		t.Errorf("River would migrate further: %v", result.Messages)
	}
	migrator, err = rivermigrate.New(riverpgxv5.New(theirs), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(riverSchema(t, theirs), riverSchema(t, ours)); diff != "" {
		t.Errorf("the queue's tables are not what River makes (-River +ours):\n%s", diff)
	}
}

// riverSchema lists columns, constraints, indexes, functions and enum values of the queue, as PostgreSQL prints them.
func riverSchema(t *testing.T, pool *pgxpool.Pool) []string {
	t.Helper()
	rows, err := pool.Query(context.Background(), `
		select format('column %s.%s %s null:%s default:%s persistence:%s', c.relname, a.attname,
		              format_type(a.atttypid, a.atttypmod), not a.attnotnull, pg_get_expr(d.adbin, d.adrelid), c.relpersistence)
		from pg_class c
		join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
		left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
		where c.relname like 'river%' and c.relkind = 'r'
		union all
		select format('constraint %s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
		from pg_constraint where conrelid::regclass::text like 'river%'
		union all
		select 'index ' || indexdef from pg_indexes where tablename like 'river%'
		union all
		select format('function %s(%s) %s', proname, pg_get_function_arguments(oid), lower(regexp_replace(prosrc, '\s+', ' ', 'g')))
		from pg_proc where proname like 'river%'
		union all
		select format('enum %s %s', enumtypid::regtype, string_agg(enumlabel, ' ' order by enumsortorder))
		from pg_enum where enumtypid::regtype::text like 'river%' group by enumtypid
		union all
		select format('trigger %s', tgname) from pg_trigger where tgrelid::regclass::text like 'river%' and not tgisinternal
		union all
		select format('migrated %s %s', line, version) from river_migration
		order by 1`)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return lines
}
