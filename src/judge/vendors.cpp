// Known by what their subject or issuer says: certificates that come with an appliance, a package or an example.
//
// Their private key may be the same in every box of the maker, or public. The list ages, and a name that anybody
// may choose proves little: each row is one that nobody has who ordered a certificate.
//
// To add a maker: one row, and one line in tests/judge/names_test.cpp.
#include "vendors.h"

#include <algorithm>

#include "mailseal/base/ascii.h"

namespace mailseal {
namespace {

enum class Of : std::uint8_t { Subject, Issuer };
enum class How : std::uint8_t { Whole, Beginning };

struct VendorRow {
  std::string_view vendor;
  Of of;
  std::string_view attribute;  ///< as in Certificate::subject; empty: any
  How how;
  std::string_view value;  ///< case does not matter
};

constexpr VendorRow kVendors[] = {
    // appliances
    {"Fortinet", Of::Subject, "O", How::Whole, "Fortinet"},
    {"Fortinet", Of::Issuer, "O", How::Whole, "Fortinet"},
    {"Fortinet", Of::Subject, "CN", How::Beginning, "FortiMail"},
    {"Cisco ESA", Of::Subject, "CN", How::Beginning, "Cisco Appliance Demo"},
    {"Cisco ESA", Of::Issuer, "CN", How::Beginning, "Cisco Appliance Demo"},
    {"IronPort", Of::Subject, "CN", How::Beginning, "IronPort Appliance Demo"},
    {"IronPort", Of::Issuer, "CN", How::Beginning, "IronPort Appliance Demo"},
    {"Barracuda", Of::Issuer, "O", How::Beginning, "Barracuda Networks"},
    {"Trend Micro InterScan", Of::Subject, "", How::Beginning, "InterScan"},
    {"Trend Micro InterScan", Of::Subject, "", How::Beginning, "Trend Micro InterScan"},
    {"Trend Micro InterScan", Of::Subject, "CN", How::Beginning, "imsva"},
    {"Synology", Of::Issuer, "O", How::Beginning, "Synology Inc"},
    {"QNAP", Of::Issuer, "O", How::Beginning, "QNAP Systems"},
    {"Proxmox Mail Gateway", Of::Subject, "O", How::Whole, "Proxmox Mail Gateway"},
    // servers and their packages
    {"Microsoft Exchange", Of::Subject, "CN", How::Beginning, "Microsoft Exchange"},
    {"Microsoft Exchange", Of::Subject, "CN", How::Beginning, "WMSvc-"},
    {"Zimbra", Of::Issuer, "OU", How::Beginning, "Zimbra Collaboration"},
    {"Dovecot", Of::Subject, "O", How::Whole, "Dovecot mail server"},
    {"Dovecot", Of::Subject, "CN", How::Whole, "imap.example.com"},
    {"Courier", Of::Subject, "O", How::Whole, "Courier Mail Server"},
    {"Plesk", Of::Subject, "CN", How::Whole, "Plesk"},
    {"Plesk", Of::Subject, "CN", How::Whole, "Parallels Panel"},
    // systems and examples
    {"Debian snake oil", Of::Subject, "", How::Beginning, "Snake Oil"},
    {"Debian snake oil", Of::Subject, "", How::Beginning, "snakeoil"},
    {"Debian snake oil", Of::Subject, "CN", How::Beginning, "ssl-cert-snakeoil"},
    {"Debian snake oil", Of::Subject, "O", How::Whole, "OCOSA"},
    {"Red Hat", Of::Subject, "O", How::Whole, "SomeOrganization"},
    {"localhost", Of::Subject, "CN", How::Whole, "localhost.localdomain"},
    {"localhost", Of::Subject, "CN", How::Whole, "localhost"},
    {"OpenSSL example", Of::Subject, "O", How::Whole, "Internet Widgits Pty Ltd"},
};

/// The next "TYPE=value" of a name, up to a comma or plus sign without a backslash before it.
bool next_attribute(std::string_view& name, std::string_view& type, std::string_view& value) {
  if (name.empty()) return false;
  std::size_t end = 0;
  while (end < name.size() && name[end] != ',' && name[end] != '+') end += name[end] == '\\' ? 2 : 1;
  end = std::min(end, name.size());
  const std::string_view attribute = name.substr(0, end);
  const std::size_t equals = std::min(attribute.find('='), attribute.size());
  type = attribute.substr(0, equals);
  value = attribute.substr(std::min(equals + 1, attribute.size()));
  name.remove_prefix(std::min(end + 1, name.size()));
  return true;
}

/// What a value of a row may begin with: most attributes of most names are seen through at once.
constexpr std::uint32_t letter_bit(char c) noexcept {
  return upper(c) >= 'A' && upper(c) <= 'Z' ? 1u << (upper(c) - 'A') : 0;
}
constexpr std::uint32_t first_letters(Of of) noexcept {
  std::uint32_t letters = 0;
  for (const VendorRow& row : kVendors)
    if (row.of == of) letters |= letter_bit(row.value.front());
  return letters;
}

/// nullptr: nobody's.
template <Of kOf>
const VendorRow* vendor_in(std::string_view name) noexcept {
  constexpr std::uint32_t kLetters = first_letters(kOf);
  for (std::string_view type, value; next_attribute(name, type, value);) {
    if (value.empty() || (letter_bit(value.front()) & kLetters) == 0) continue;
    for (const VendorRow& row : kVendors)
      if (row.of == kOf && upper(row.value.front()) == upper(value.front()) &&
          (row.attribute.empty() || row.attribute == type) &&
          (row.how == How::Whole ? same_word(value, row.value) : begins_with_word(value, row.value)))
        return &row;
  }
  return nullptr;
}

}  // namespace

std::string_view vendor_of(const Certificate& certificate) noexcept {
  const VendorRow* row = vendor_in<Of::Subject>(certificate.subject);
  if (!row) row = vendor_in<Of::Issuer>(certificate.issuer);
  return row ? row->vendor : std::string_view();
}

}  // namespace mailseal
