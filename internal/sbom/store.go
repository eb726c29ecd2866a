package sbom

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
	"golang.org/x/sync/semaphore"

	"github.com/threatwerk/threatwerk/internal/platform/pg"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// Inserter puts a job into the transaction that writes the data it is about. *river.Client[pgx.Tx] is one.
type Inserter interface {
	InsertTx(ctx context.Context, tx pgx.Tx, args river.JobArgs, opts *river.InsertOpts) (*rivertype.JobInsertResult, error)
}

// Store keeps products, releases, documents, components and occurrences. It is the only writer of their tables.
type Store struct {
	db      pg.DB
	jobs    Inserter
	reading *semaphore.Weighted // bytes of large documents being read, see reservation
}

// NewStore makes a store on a pool.
func NewStore(db pg.DB, jobs Inserter) *Store {
	return &Store{db: db, jobs: jobs, reading: semaphore.NewWeighted(readingAtOnce)}
}

// Product is a thing that the team ships or runs.
type Product struct {
	ID          int64
	Name        string
	Description string
	Criticality string // low, medium, high, very_high
	Exposure    string // small, controlled, open
	Releases    int
	Latest      *ReleaseBrief // newest active release; nil: none
	CreatedAt   time.Time
	UpdatedAt   time.Time

	key string // what lists sort by
}

// ReleaseBrief is what a product list shows of a release.
type ReleaseBrief struct {
	ID         int64
	Version    string
	Components int
	UploadedAt *time.Time // nil: no SBOM yet
}

// Release is one version of a product.
type Release struct {
	ID          int64
	ProductID   int64
	ProductName string
	Version     string
	Active      bool
	CreatedAt   time.Time
	Current     *Stored // nil: no SBOM yet
}

// Stored is a document as kept, without its bytes.
type Stored struct {
	ID             int64
	ReleaseID      int64
	Format         string
	SpecVersion    string
	Encoding       string
	SHA256         []byte
	Size           int64
	FileName       string
	SubjectName    string
	SubjectVersion string
	Tools          []string
	DocumentAt     *time.Time
	Status         string // stored, matched, failed
	StatusMessage  string
	Done, Total    int // matching progress, in components
	Components     int
	Occurrences    int
	Edges          int
	Warnings       []problem.Fault
	WarningCount   int
	UploadedAt     time.Time
	MatchedAt      *time.Time
	Current        bool
}

// Page is one page of a keyset list. Next is empty on the last page.
type Page[T any] struct {
	Items []T
	Next  string
}
