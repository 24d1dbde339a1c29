/**
 * Names and tactics of the ATT&CK techniques that detection rules name most. Facts of the public matrix; ATT&CK is a
 * trademark of The MITRE Corporation: © 2025 The MITRE Corporation. This work is reproduced and distributed with the
 * permission of The MITRE Corporation. What is not in here is shown by its id.
 *
 *   T1003 OS Credential Dumping|cr|001 LSASS Memory;002 …     id, name, tactics, sub-techniques
 */
export const TACTICS = [
  ["rc", "reconnaissance", "Reconnaissance"],
  ["rd", "resource-development", "Resource Development"],
  ["in", "initial-access", "Initial Access"],
  ["ex", "execution", "Execution"],
  ["pe", "persistence", "Persistence"],
  ["pr", "privilege-escalation", "Privilege Escalation"],
  ["de", "defense-evasion", "Defense Evasion"],
  ["st", "stealth", "Stealth"],
  ["di", "defense-impairment", "Defense Impairment"],
  ["cr", "credential-access", "Credential Access"],
  ["dc", "discovery", "Discovery"],
  ["la", "lateral-movement", "Lateral Movement"],
  ["co", "collection", "Collection"],
  ["c2", "command-and-control", "Command and Control"],
  ["xf", "exfiltration", "Exfiltration"],
  ["im", "impact", "Impact"],
] as const;

export const TECHNIQUES = `
T1001 Data Obfuscation|c2|001 Junk Data;002 Steganography;003 Protocol or Service Impersonation
T1003 OS Credential Dumping|cr|001 LSASS Memory;002 Security Account Manager;003 NTDS;004 LSA Secrets;005 Cached Domain Credentials;006 DCSync;007 Proc Filesystem;008 /etc/passwd and /etc/shadow
T1005 Data from Local System|co
T1006 Direct Volume Access|de
T1007 System Service Discovery|dc
T1008 Fallback Channels|c2
T1010 Application Window Discovery|dc
T1012 Query Registry|dc
T1014 Rootkit|de
T1016 System Network Configuration Discovery|dc|001 Internet Connection Discovery;002 Wi-Fi Discovery
T1018 Remote System Discovery|dc
T1020 Automated Exfiltration|xf
T1021 Remote Services|la|001 Remote Desktop Protocol;002 SMB/Windows Admin Shares;003 Distributed Component Object Model;004 SSH;005 VNC;006 Windows Remote Management;007 Cloud Services
T1027 Obfuscated Files or Information|de|001 Binary Padding;002 Software Packing;003 Steganography;004 Compile After Delivery;005 Indicator Removal from Tools;006 HTML Smuggling;009 Embedded Payloads;010 Command Obfuscation;011 Fileless Storage
T1030 Data Transfer Size Limits|xf
T1033 System Owner/User Discovery|dc
T1036 Masquerading|de|002 Right-to-Left Override;003 Rename Legitimate Utilities;004 Masquerade Task or Service;005 Match Legitimate Resource Name or Location;006 Space after Filename;007 Double File Extension;008 Masquerade File Type
T1037 Boot or Logon Initialization Scripts|pe pr|001 Logon Script (Windows);004 RC Scripts;005 Startup Items
T1039 Data from Network Shared Drive|co
T1040 Network Sniffing|cr dc
T1041 Exfiltration Over C2 Channel|xf
T1046 Network Service Discovery|dc
T1047 Windows Management Instrumentation|ex
T1048 Exfiltration Over Alternative Protocol|xf|001 Exfiltration Over Symmetric Encrypted Non-C2 Protocol;002 Exfiltration Over Asymmetric Encrypted Non-C2 Protocol;003 Exfiltration Over Unencrypted Non-C2 Protocol
T1049 System Network Connections Discovery|dc
T1053 Scheduled Task/Job|ex pe pr|002 At;003 Cron;005 Scheduled Task;006 Systemd Timers
T1055 Process Injection|de pr|001 Dynamic-link Library Injection;002 Portable Executable Injection;003 Thread Execution Hijacking;009 Proc Memory;011 Extra Window Memory Injection;012 Process Hollowing
T1056 Input Capture|co cr|001 Keylogging;002 GUI Input Capture
T1057 Process Discovery|dc
T1059 Command and Scripting Interpreter|ex|001 PowerShell;002 AppleScript;003 Windows Command Shell;004 Unix Shell;005 Visual Basic;006 Python;007 JavaScript;009 Cloud API;012 Hypervisor CLI
T1068 Exploitation for Privilege Escalation|pr
T1069 Permission Groups Discovery|dc|001 Local Groups;002 Domain Groups;003 Cloud Groups
T1070 Indicator Removal|de|001 Clear Windows Event Logs;003 Clear Command History;004 File Deletion;005 Network Share Connection Removal;006 Timestomp;008 Clear Mailbox Data
T1071 Application Layer Protocol|c2|001 Web Protocols;002 File Transfer Protocols;003 Mail Protocols;004 DNS
T1072 Software Deployment Tools|ex la
T1074 Data Staged|co|001 Local Data Staging;002 Remote Data Staging
T1078 Valid Accounts|de in pe pr|001 Default Accounts;002 Domain Accounts;003 Local Accounts;004 Cloud Accounts
T1082 System Information Discovery|dc
T1083 File and Directory Discovery|dc
T1087 Account Discovery|dc|001 Local Account;002 Domain Account;004 Cloud Account
T1090 Proxy|c2|001 Internal Proxy;002 External Proxy;003 Multi-hop Proxy;004 Domain Fronting
T1091 Replication Through Removable Media|in la
T1095 Non-Application Layer Protocol|c2
T1098 Account Manipulation|pe pr|001 Additional Cloud Credentials;003 Additional Cloud Roles;004 SSH Authorized Keys;005 Device Registration;007 Additional Local or Domain Groups
T1102 Web Service|c2|001 Dead Drop Resolver;002 Bidirectional Communication;003 One-Way Communication
T1105 Ingress Tool Transfer|c2
T1106 Native API|ex
T1110 Brute Force|cr|001 Password Guessing;002 Password Cracking;003 Password Spraying;004 Credential Stuffing
T1112 Modify Registry|de pe
T1113 Screen Capture|co
T1114 Email Collection|co|001 Local Email Collection;002 Remote Email Collection;003 Email Forwarding Rule
T1115 Clipboard Data|co
T1119 Automated Collection|co
T1120 Peripheral Device Discovery|dc
T1123 Audio Capture|co
T1124 System Time Discovery|dc
T1125 Video Capture|co
T1127 Trusted Developer Utilities Proxy Execution|de|001 MSBuild
T1129 Shared Modules|ex
T1132 Data Encoding|c2|001 Standard Encoding
T1133 External Remote Services|in pe
T1134 Access Token Manipulation|de pr|001 Token Impersonation/Theft;002 Create Process with Token;003 Make and Impersonate Token;004 Parent PID Spoofing;005 SID-History Injection
T1135 Network Share Discovery|dc
T1136 Create Account|pe|001 Local Account;002 Domain Account;003 Cloud Account
T1137 Office Application Startup|pe|002 Office Test;003 Outlook Forms;006 Add-ins
T1140 Deobfuscate/Decode Files or Information|de
T1176 Software Extensions|pe|001 Browser Extensions
T1185 Browser Session Hijacking|co
T1187 Forced Authentication|cr
T1189 Drive-by Compromise|in
T1190 Exploit Public-Facing Application|in
T1195 Supply Chain Compromise|in|001 Compromise Software Dependencies and Development Tools;002 Compromise Software Supply Chain
T1197 BITS Jobs|de pe
T1199 Trusted Relationship|in
T1200 Hardware Additions|in
T1201 Password Policy Discovery|dc
T1202 Indirect Command Execution|de
T1203 Exploitation for Client Execution|ex
T1204 User Execution|ex|001 Malicious Link;002 Malicious File;004 Malicious Copy and Paste
T1207 Rogue Domain Controller|de
T1210 Exploitation of Remote Services|la
T1211 Exploitation for Defense Evasion|de
T1212 Exploitation for Credential Access|cr
T1213 Data from Information Repositories|co|003 Code Repositories
T1216 System Script Proxy Execution|de|001 PubPrn
T1217 Browser Information Discovery|dc
T1218 System Binary Proxy Execution|de|001 Compiled HTML File;002 Control Panel;003 CMSTP;004 InstallUtil;005 Mshta;007 Msiexec;008 Odbcconf;009 Regsvcs/Regasm;010 Regsvr32;011 Rundll32;013 Mavinject;014 MMC
T1219 Remote Access Tools|c2|002 Remote Desktop Software
T1220 XSL Script Processing|de
T1221 Template Injection|de
T1222 File and Directory Permissions Modification|de|001 Windows File and Directory Permissions Modification;002 Linux and Mac File and Directory Permissions Modification
T1482 Domain Trust Discovery|dc
T1484 Domain or Tenant Policy Modification|de pr|001 Group Policy Modification;002 Trust Modification
T1485 Data Destruction|im
T1486 Data Encrypted for Impact|im
T1489 Service Stop|im
T1490 Inhibit System Recovery|im
T1491 Defacement|im|001 Internal Defacement
T1495 Firmware Corruption|im
T1496 Resource Hijacking|im|001 Compute Hijacking
T1497 Virtualization/Sandbox Evasion|de dc|001 System Checks
T1498 Network Denial of Service|im
T1499 Endpoint Denial of Service|im|001 OS Exhaustion Flood;004 Application or System Exploitation
T1505 Server Software Component|pe|001 SQL Stored Procedures;002 Transport Agent;003 Web Shell;004 IIS Components;005 Terminal Services DLL
T1518 Software Discovery|dc|001 Security Software Discovery
T1525 Implant Internal Image|pe
T1526 Cloud Service Discovery|dc
T1528 Steal Application Access Token|cr
T1529 System Shutdown/Reboot|im
T1531 Account Access Removal|im
T1537 Transfer Data to Cloud Account|xf
T1539 Steal Web Session Cookie|cr
T1542 Pre-OS Boot|de pe|001 System Firmware;003 Bootkit
T1543 Create or Modify System Process|pe pr|001 Launch Agent;002 Systemd Service;003 Windows Service;004 Launch Daemon
T1546 Event Triggered Execution|pe pr|001 Change Default File Association;002 Screensaver;003 Windows Management Instrumentation Event Subscription;004 Unix Shell Configuration Modification;007 Netsh Helper DLL;008 Accessibility Features;009 AppCert DLLs;010 AppInit DLLs;011 Application Shimming;012 Image File Execution Options Injection;013 PowerShell Profile;014 Emond;015 Component Object Model Hijacking
T1547 Boot or Logon Autostart Execution|pe pr|001 Registry Run Keys / Startup Folder;002 Authentication Package;003 Time Providers;004 Winlogon Helper DLL;005 Security Support Provider;006 Kernel Modules and Extensions;008 LSASS Driver;009 Shortcut Modification;010 Port Monitors;014 Active Setup;015 Login Items
T1548 Abuse Elevation Control Mechanism|de pr|001 Setuid and Setgid;002 Bypass User Account Control;003 Sudo and Sudo Caching
T1550 Use Alternate Authentication Material|de la|001 Application Access Token;002 Pass the Hash;003 Pass the Ticket
T1552 Unsecured Credentials|cr|001 Credentials In Files;002 Credentials in Registry;003 Shell History;004 Private Keys;006 Group Policy Preferences;007 Container API
T1553 Subvert Trust Controls|de|001 Gatekeeper Bypass;002 Code Signing;003 SIP and Trust Provider Hijacking;004 Install Root Certificate;005 Mark-of-the-Web Bypass
T1554 Compromise Host Software Binary|pe
T1555 Credentials from Password Stores|cr|001 Keychain;003 Credentials from Web Browsers;004 Windows Credential Manager;005 Password Managers
T1556 Modify Authentication Process|cr de pe|002 Password Filter DLL;004 Network Device Authentication;006 Multi-Factor Authentication
T1557 Adversary-in-the-Middle|co cr|001 LLMNR/NBT-NS Poisoning and SMB Relay;003 DHCP Spoofing
T1558 Steal or Forge Kerberos Tickets|cr|001 Golden Ticket;003 Kerberoasting;004 AS-REP Roasting
T1559 Inter-Process Communication|ex|001 Component Object Model;002 Dynamic Data Exchange
T1560 Archive Collected Data|co|001 Archive via Utility
T1561 Disk Wipe|im|001 Disk Content Wipe;002 Disk Structure Wipe
T1562 Impair Defenses|de|001 Disable or Modify Tools;002 Disable Windows Event Logging;003 Impair Command History Logging;004 Disable or Modify System Firewall;006 Indicator Blocking;010 Downgrade Attack;012 Disable or Modify Linux Audit System
T1563 Remote Service Session Hijacking|la|002 RDP Hijacking
T1564 Hide Artifacts|de|001 Hidden Files and Directories;002 Hidden Users;003 Hidden Window;004 NTFS File Attributes;006 Run Virtual Instance;008 Email Hiding Rules
T1565 Data Manipulation|im|001 Stored Data Manipulation;002 Transmitted Data Manipulation
T1566 Phishing|in|001 Spearphishing Attachment;002 Spearphishing Link
T1567 Exfiltration Over Web Service|xf|001 Exfiltration to Code Repository;002 Exfiltration to Cloud Storage
T1568 Dynamic Resolution|c2|002 Domain Generation Algorithms
T1569 System Services|ex|001 Launchctl;002 Service Execution
T1570 Lateral Tool Transfer|la
T1571 Non-Standard Port|c2
T1572 Protocol Tunneling|c2
T1573 Encrypted Channel|c2|001 Symmetric Cryptography;002 Asymmetric Cryptography
T1574 Hijack Execution Flow|de pe pr|001 DLL;005 Executable Installer File Permissions Weakness;006 Dynamic Linker Hijacking;007 Path Interception by PATH Environment Variable;008 Path Interception by Search Order Hijacking;011 Services Registry Permissions Weakness;012 COR_PROFILER
T1578 Modify Cloud Compute Infrastructure|de|003 Delete Cloud Instance
T1580 Cloud Infrastructure Discovery|dc
T1584 Compromise Infrastructure|rd
T1586 Compromise Accounts|rd|003 Cloud Accounts
T1587 Develop Capabilities|rd|001 Malware
T1588 Obtain Capabilities|rd|001 Malware;002 Tool
T1589 Gather Victim Identity Information|rc|002 Email Addresses
T1590 Gather Victim Network Information|rc|001 Domain Properties;002 DNS
T1591 Gather Victim Org Information|rc|004 Identify Roles
T1592 Gather Victim Host Information|rc|004 Client Configurations
T1593 Search Open Websites/Domains|rc|003 Code Repositories
T1595 Active Scanning|rc|001 Scanning IP Blocks;002 Vulnerability Scanning
T1598 Phishing for Information|rc|002 Spearphishing Attachment
T1599 Network Boundary Bridging|de|001 Network Address Translation Traversal
T1606 Forge Web Credentials|cr
T1608 Stage Capabilities|rd|003 Install Digital Certificate
T1609 Container Administration Command|ex
T1610 Deploy Container|de ex
T1611 Escape to Host|pr
T1613 Container and Resource Discovery|dc
T1614 System Location Discovery|dc|001 System Language Discovery
T1615 Group Policy Discovery|dc
T1619 Cloud Storage Object Discovery|dc
T1620 Reflective Code Loading|de
T1621 Multi-Factor Authentication Request Generation|cr
T1622 Debugger Evasion|de dc
T1649 Steal or Forge Authentication Certificates|cr
T1653 Power Settings|pe
`;
