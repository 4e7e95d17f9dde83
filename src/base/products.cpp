#include "mailseal/base/products.h"

#include <cstddef>
#include <iterator>

namespace mailseal {
namespace {

// In the order of the enumerators. To add a product: one row here, those of its words in src/inspect/mail/products.cpp,
// those of its remedies in src/report/remedies.cpp.
constexpr ProductRow kProducts[] = {
    {Product::FortiMail, "fortimail", "FortiMail"},
    {Product::CiscoEsa, "cisco-esa", "Cisco ESA"},
    {Product::InterScan, "interscan", "InterScan"},
    {Product::Postfix, "postfix", "Postfix"},
    {Product::Sendmail, "sendmail", "sendmail"},
    {Product::Exim, "exim", "Exim"},
    {Product::Exchange, "exchange", "Exchange"},
    {Product::Microsoft365, "microsoft-365", "Microsoft 365"},
    {Product::GoogleWorkspace, "google-workspace", "Google Workspace"},
    {Product::MDaemon, "mdaemon", "MDaemon"},
    {Product::BlackJumboDog, "blackjumbodog", "BlackJumboDog"},
    {Product::Dovecot, "dovecot", "Dovecot"},
    {Product::Courier, "courier", "Courier"},
    {Product::Cyrus, "cyrus", "Cyrus"},
    {Product::Qmail, "qmail", "qmail"},
    {Product::OpenSmtpd, "opensmtpd", "OpenSMTPD"},
    {Product::Kerio, "kerio", "Kerio"},
    {Product::CommuniGate, "communigate", "CommuniGate Pro"},
    {Product::CiscoAsa, "cisco-asa", "Cisco ASA"},
    {Product::FortiGate, "fortigate", "FortiGate"},
    {Product::Outlook, "outlook", "Outlook"},
};
static_assert([] {
  for (std::size_t i = 0; i < std::size(kProducts); ++i)
    if (kProducts[i].product != static_cast<Product>(i)) return false;
  return true;
}());

}  // namespace

std::span<const ProductRow> products() noexcept { return kProducts; }

std::string_view to_string(Product p) noexcept {
  const auto i = static_cast<std::size_t>(p);
  return i < std::size(kProducts) ? kProducts[i].id : std::string_view();
}
std::string_view product_name(Product p) noexcept {
  const auto i = static_cast<std::size_t>(p);
  return i < std::size(kProducts) ? kProducts[i].name : std::string_view();
}

std::string_view to_string(Certainty c) noexcept {
  switch (c) {
    case Certainty::Low:
      return "low";
    case Certainty::Medium:
      return "medium";
    case Certainty::High:
      break;
  }
  return "high";
}

}  // namespace mailseal
