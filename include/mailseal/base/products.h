// Products: mail servers and what stands in their way, by the names their makers gave them.
//
// Known from what a server says of itself and from nothing else, so each is a claim; how sure it is stands beside it.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace mailseal {

enum class Product : std::uint8_t {
  FortiMail,
  CiscoEsa,
  InterScan,  ///< IMSS, and the others of that name; IMSVA greets as Postfix, which it is
  Postfix,
  Sendmail,
  Exim,
  Exchange,
  Microsoft365,
  GoogleWorkspace,
  MDaemon,
  BlackJumboDog,
  Dovecot,
  Courier,
  Cyrus,
  Qmail,
  OpenSmtpd,
  Kerio,
  CommuniGate,
  CiscoAsa,  ///< in the path, overwriting what the server says
  // Known by remedies alone: these greet nobody.
  FortiGate,
  Outlook
};

/// By what a product was known: a word of its maker's, the form of what it says, or what others say as well.
enum class Certainty : std::uint8_t { Low, Medium, High };

struct ProductRow {
  Product product;
  std::string_view id;    ///< "postfix": of JSON, stable
  std::string_view name;  ///< "Postfix"
};
std::span<const ProductRow> products() noexcept;
std::string_view to_string(Product) noexcept;     ///< its id
std::string_view product_name(Product) noexcept;  ///< as people write it
std::string_view to_string(Certainty) noexcept;   ///< "low", "medium", "high"

}  // namespace mailseal
