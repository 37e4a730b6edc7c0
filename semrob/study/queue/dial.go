package queue

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
)

// Server says which server to connect to and how; all but URL as nats.go takes
// it.
type Server struct {
	// URL is such as "nats://host:4222", several with commas between them;
	// "tls://" asks for TLS, "nats://TOKEN@host" gives a token.
	URL string
	// Token is one to give where the URL has none.
	Token string
	// Credentials is a .creds file with a user's JWT and key, or a file with the
	// seed of a user's NKey alone.
	Credentials string
	// CA is a file of certificates to trust in the place of the system's;
	// Certificate and Key are the client's own, where the server asks for them.
	CA, Certificate, Key string
	// Name is the name or address that the server's certificate must be for; ""
	// is the host in the URL.
	Name string
}

// Dial connects, and reconnects whenever the server comes back. name is shown
// in the server's lists; changed, where it is not nil, hears when the
// connection is lost and when it is back.
func Dial(server Server, name string, changed func(sentence string)) (*nats.Conn, error) {
	if changed == nil {
		changed = func(string) {}
	}
	var asked atomic.Bool
	options, err := server.options(&asked)
	if err != nil {
		return nil, fmt.Errorf("connecting to the NATS server: %w", err)
	}
	options = append(options,
		nats.Name(name), nats.MaxReconnects(-1), nats.ReconnectWait(200*time.Millisecond), nats.Timeout(5*time.Second),
		nats.PingInterval(5*time.Second), nats.MaxPingsOutstanding(2),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil { // and not our own closing
				changed(fmt.Sprintf("The connection to the server is lost (%v); it is tried again.", err))
			}
		}),
		nats.ReconnectHandler(func(c *nats.Conn) { changed("Connected again to " + c.ConnectedUrlRedacted() + ".") }))
	conn, err := nats.Connect(server.URL, options...)
	if err != nil {
		return nil, fmt.Errorf("connecting to the NATS server: %w: %s", err, server.advice(err, asked.Load()))
	}
	return conn, nil
}

// options returns what says who the client is and whom it trusts. Files are read
// at once, so that a mistake in one is not taken for the server's. asked becomes
// true when a server asks for a client's certificate.
func (s Server) options(asked *atomic.Bool) (options []nats.Option, err error) {
	if s.Token != "" {
		options = append(options, nats.Token(s.Token))
	}
	if s.Credentials != "" {
		option, err := s.credentials()
		if err != nil {
			return nil, err
		}
		options = append(options, option)
	}
	if s.CA != "" {
		text, err := os.ReadFile(s.CA)
		if err != nil {
			return nil, fmt.Errorf("reading the certificates to trust (--tls-ca): %w", err)
		}
		if !x509.NewCertPool().AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("%s (--tls-ca) holds no certificate: it must be in PEM", s.CA)
		}
		options = append(options, nats.RootCAs(s.CA))
	}
	if s.Name != "" {
		options = append(options, nats.Secure(&tls.Config{ServerName: s.Name, MinVersion: tls.VersionTLS12}))
	}
	certificate, err := s.certificate()
	if err != nil {
		return nil, err
	}
	return append(options, func(o *nats.Options) error {
		if s.Certificate != "" {
			o.Secure = true
		}
		if o.TLSConfig == nil {
			o.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12}
		}
		o.TLSConfig.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			asked.Store(true)
			return certificate()
		}
		return nil
	}), nil
}

// certificate returns what reads the client's certificate, none where there is
// none: it is read again for each connection, since certificates are renewed
// while a worker runs.
func (s Server) certificate() (read func() (*tls.Certificate, error), err error) {
	if s.Certificate == "" && s.Key == "" {
		return func() (*tls.Certificate, error) { return &tls.Certificate{}, nil }, nil
	}
	if s.Certificate == "" || s.Key == "" {
		return nil, fmt.Errorf("a client's certificate needs its key: give --tls-cert and --tls-key together")
	}
	read = func() (*tls.Certificate, error) {
		certificate, err := tls.LoadX509KeyPair(s.Certificate, s.Key)
		if err != nil {
			return nil, fmt.Errorf("reading the client's certificate %s and its key %s: %w", s.Certificate, s.Key, err)
		}
		return &certificate, nil
	}
	_, err = read()
	return read, err
}

// credentials returns what a file of credentials stands for.
func (s Server) credentials() (nats.Option, error) {
	text, err := os.ReadFile(s.Credentials)
	if err != nil {
		return nil, fmt.Errorf("reading the credentials (--creds): %w", err)
	}
	if bytes.Contains(text, []byte("NATS USER JWT")) {
		return nats.UserCredentials(s.Credentials), nil
	}
	option, err := nats.NkeyOptionFromSeed(s.Credentials)
	if err != nil {
		return nil, fmt.Errorf("%s (--creds) holds neither a user's JWT with its key nor the seed of a user's NKey: %w", s.Credentials, err)
	}
	return option, nil
}

// advice says what may be done about a connection that failed. A server that
// asked for a client's certificate refuses it after the client's side of the
// handshake is over: the client then sees its alert, or only that the connection
// is closed.
func (s Server) advice(err error, asked bool) string {
	var (
		authority x509.UnknownAuthorityError
		host      x509.HostnameError
	)
	switch {
	case errors.As(err, &authority) && s.CA == "":
		return "this machine does not know who signed the server's certificate: give the signer's with --tls-ca"
	case errors.As(err, &authority):
		return "the server's certificate was signed by another than those of " + s.CA + ": give the signer's with --tls-ca"
	case errors.As(err, &host):
		return "reach the server by a name or an address that its certificate has, or give that name with --tls-name"
	case errors.Is(err, nats.ErrAuthorization), errors.Is(err, nats.ErrAuthExpired), errors.Is(err, nats.ErrAuthRevoked):
		return "it does not let this user in: " + s.whoAmI()
	case errors.Is(err, nats.ErrSecureConnWanted):
		return "it has no TLS: reach it by nats:// in the place of tls://"
	case asked && s.Certificate == "":
		return "it asks for a client's certificate: give one with --tls-cert and --tls-key"
	case asked:
		return "it does not take the certificate " + s.Certificate
	}
	return "check that it runs, and its address"
}

// whoAmI says what a client showed, and what it may show.
func (s Server) whoAmI() string {
	switch {
	case s.Credentials != "":
		return "check the credentials " + s.Credentials
	case s.Token != "":
		return "check the token"
	case strings.Contains(s.URL, "@"):
		return "check the user and the password in its address"
	}
	return "give credentials (--creds), a token ($SEMROB_NATS_TOKEN), or nats://user:password@host ($SEMROB_NATS_URL)"
}
